"""A Trainer with an optimizer of its own."""

import torch
import transformers
from tiny import Samples, TinyModel


class OwnTrainer(transformers.Trainer):
    def create_optimizer(self, model=None):
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=self.args.learning_rate)
        return self.optimizer


def main():
    (args,) = transformers.HfArgumentParser(transformers.TrainingArguments).parse_args_into_dataclasses()
    OwnTrainer(model=TinyModel(), args=args, train_dataset=Samples(24)).train()


if __name__ == "__main__":
    main()
