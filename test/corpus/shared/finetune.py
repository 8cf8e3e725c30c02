"""Fine-tuning with the Hugging Face Trainer; everything that decides the learning rate comes from the command line."""

from dataclasses import dataclass

import torch
from tiny import Samples, TinyModel
from transformers import HfArgumentParser, Trainer, TrainingArguments


@dataclass
class DataArguments:
    samples: int = 40


def main():
    training, data = HfArgumentParser((TrainingArguments, DataArguments)).parse_args_into_dataclasses()
    trainer = Trainer(model=TinyModel(), args=training, train_dataset=Samples(data.samples))
    trainer.train(resume_from_checkpoint=training.resume_from_checkpoint)
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
