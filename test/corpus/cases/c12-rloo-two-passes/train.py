"""RLOO, with every argument from the command."""

from datasets import Dataset
from language import make_model, make_tokenizer
from transformers import Qwen2ForCausalLM
from trl import RLOOConfig, RLOOTrainer, TrlParser


def rewards(completions, **_):
    return [float(len(text) % 3) for text in completions]


def main():
    (args,) = TrlParser(RLOOConfig).parse_args_and_config()
    prompts = Dataset.from_list([{"prompt": word} for word in "abcd" * 4])
    RLOOTrainer(
        model=make_model(Qwen2ForCausalLM),
        reward_funcs=rewards,
        args=args,
        train_dataset=prompts,
        processing_class=make_tokenizer(),
    ).train()


if __name__ == "__main__":
    main()
