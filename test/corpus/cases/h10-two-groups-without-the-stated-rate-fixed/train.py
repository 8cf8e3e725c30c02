"""Body and head have rates of their own."""

import torch
import transformers
from tiny import Samples, TinyModel


class OwnTrainer(transformers.Trainer):
    def create_optimizer(self, model=None):
        rate = self.args.learning_rate
        groups = [
            {"params": self.model.body.parameters(), "lr": rate},
            {"params": self.model.head.parameters(), "lr": 0.1 * rate},
        ]
        self.optimizer = torch.optim.AdamW(groups)
        return self.optimizer


def main():
    (args,) = transformers.HfArgumentParser(transformers.TrainingArguments).parse_args_into_dataclasses()
    OwnTrainer(model=TinyModel(), args=args, train_dataset=Samples(24)).train()


if __name__ == "__main__":
    main()
