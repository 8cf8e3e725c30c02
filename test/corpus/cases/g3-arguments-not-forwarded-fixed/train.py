"""Fine-tuning with a Trainer that makes its own scheduler."""

import torch
from tiny import Samples, TinyModel
from transformers import HfArgumentParser, Trainer, TrainingArguments, get_scheduler


class OwnTrainer(Trainer):
    def create_scheduler(self, num_training_steps, optimizer=None):
        if self.lr_scheduler is None:
            self.lr_scheduler = get_scheduler(
                self.args.lr_scheduler_type,
                optimizer=optimizer or self.optimizer,
                num_warmup_steps=self.args.get_warmup_steps(num_training_steps),
                num_training_steps=num_training_steps,
                scheduler_specific_kwargs=self.args.lr_scheduler_kwargs,
            )
        return self.lr_scheduler


def main():
    (training,) = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()
    OwnTrainer(model=TinyModel(), args=training, train_dataset=Samples(40)).train()
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
