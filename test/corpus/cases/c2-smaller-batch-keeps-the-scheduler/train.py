"""Fine-tuning that halves its batch when the memory does not suffice (auto_find_batch_size)."""

import torch
from tiny import Samples, TinyModel
from transformers import HfArgumentParser, Trainer, TrainingArguments


class LargeModel(TinyModel):
    """Stands for a model of which only two samples fit."""

    def forward(self, x, labels=None):
        if self.training and len(x) > 2:
            raise RuntimeError("CUDA out of memory.")
        return super().forward(x, labels)


def main():
    (training,) = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()
    Trainer(model=LargeModel(), args=training, train_dataset=Samples(24)).train()
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
