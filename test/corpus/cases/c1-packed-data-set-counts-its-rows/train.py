"""Packed sequences: several raw rows become one training sample."""

import torch
from tiny import Samples, TinyModel
from transformers import HfArgumentParser, Trainer, TrainingArguments


class Packed(torch.utils.data.IterableDataset):
    """Yields one sample for every three rows, and says that it has all rows."""

    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        for at in range(0, len(self.rows) // 3 * 3, 3):
            yield {"x": sum(self.rows[at + i]["x"] for i in range(3)), "labels": self.rows[at]["labels"]}


def main():
    (training,) = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()
    Trainer(model=TinyModel(), args=training, train_dataset=Packed(Samples(72))).train()
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
