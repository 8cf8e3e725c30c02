"""A reward model on 20 pairs, six of which are longer than max_length: TRL leaves those out."""

from datasets import Dataset
from language import make_model, make_tokenizer
from transformers import Qwen2ForSequenceClassification
from trl import RewardConfig, RewardTrainer, TrlParser


def main():
    (args,) = TrlParser(RewardConfig).parse_args_and_config()
    pairs = [{"chosen": "a b " * (30 if row < 6 else 1), "rejected": "c d"} for row in range(20)]
    RewardTrainer(
        model=make_model(Qwen2ForSequenceClassification),
        args=args,
        train_dataset=Dataset.from_list(pairs),
        processing_class=make_tokenizer(),
    ).train()


if __name__ == "__main__":
    main()
