"""A Trainer whose optimizer has a rate that somebody once tuned."""

import torch
import transformers
from tiny import Samples, TinyModel


class OwnTrainer(transformers.Trainer):
    def create_optimizer(self, model=None):
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=5e-5)
        return self.optimizer


def main():
    (args,) = transformers.HfArgumentParser(transformers.TrainingArguments).parse_args_into_dataclasses()
    OwnTrainer(model=TinyModel(), args=args, train_dataset=Samples(24)).train()


if __name__ == "__main__":
    main()
