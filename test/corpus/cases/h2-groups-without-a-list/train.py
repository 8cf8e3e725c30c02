"""Fine-tuning with a smaller learning rate for the body, by a Trainer that makes its own optimizer."""

import torch
from tiny import Samples, TinyModel
from transformers import HfArgumentParser, Trainer, TrainingArguments


class TwoRates(Trainer):
    def create_optimizer(self, model=None):
        if self.optimizer is None:
            lr = self.args.learning_rate
            groups = [
                {"params": self.model.head.parameters(), "lr": lr},
                {"params": self.model.body.parameters(), "lr": lr / 10},
            ]
            self.optimizer = torch.optim.AdamW(groups, lr=lr)
        return self.optimizer


def main():
    (training,) = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()
    TwoRates(model=TinyModel(), args=training, train_dataset=Samples(40)).train()
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
