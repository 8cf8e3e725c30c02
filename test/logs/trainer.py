"""A real Trainer run whose output and checkpoint are read back. Arguments: TrainingArguments as JSON; the data set's size."""

import json
import sys

import torch
from transformers import Trainer, TrainingArguments


class OneParameter(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        return {"loss": (self.weight * x).mean()}


args = TrainingArguments(use_cpu=True, report_to=[], remove_unused_columns=False, **json.loads(sys.argv[1]))
dataset = [{"x": torch.ones(1)} for _ in range(int(sys.argv[2]))]
Trainer(model=OneParameter(), args=args, train_dataset=dataset).train()
