"""Full-parameter supervised fine-tuning of a Qwen2 model with the Hugging Face Trainer.

The model is made here from a small Qwen2 config with random weights and the data are synthetic, so nothing is downloaded;
everything that decides the learning rate (arguments, DeepSpeed config, launcher) is what a real run has.
"""

import gc
from dataclasses import dataclass

import torch
from transformers import HfArgumentParser, Qwen2Config, Qwen2ForCausalLM, Trainer, TrainingArguments, set_seed


@dataclass
class DataArguments:
    samples: int = 80
    sequence_length: int = 16


class SyntheticConversations(torch.utils.data.Dataset):
    def __init__(self, samples: int, length: int, vocabulary: int) -> None:
        generator = torch.Generator().manual_seed(0)
        self.tokens = torch.randint(vocabulary, (samples, length), generator=generator)

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, index: int) -> dict:
        return {"input_ids": self.tokens[index], "labels": self.tokens[index]}


def main() -> None:
    training, data = HfArgumentParser((TrainingArguments, DataArguments)).parse_args_into_dataclasses()
    set_seed(training.seed)
    config = Qwen2Config(
        vocab_size=128,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
    )
    dataset = SyntheticConversations(data.samples, data.sequence_length, config.vocab_size)
    trainer = Trainer(model=Qwen2ForCausalLM(config), args=training, train_dataset=dataset)
    trainer.train()


def close() -> None:
    """Ends the process group. A rank that leaves without this may die while Python ends (docs/errors.md, "died at exit").

    A gloo thread frees the tensors of the last collective a moment after the collective has returned, and needs the interpreter
    lock for it. It is joined when the last reference to the group goes. DeepSpeed's caches keep references until the end, so
    the barrier and the garbage collection also give the thread its turn while the interpreter still runs.
    """
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()
        gc.collect()


if __name__ == "__main__":
    main()
    close()
