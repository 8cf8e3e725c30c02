"""Fine-tuning with a floor under the cosine, by a Trainer that makes its own scheduler."""

import torch
from tiny import Samples, TinyModel
from transformers import HfArgumentParser, Trainer, TrainingArguments
from transformers.optimization import get_cosine_with_min_lr_schedule_with_warmup

FLOOR = 0.1


class FloorTrainer(Trainer):
    def create_scheduler(self, num_training_steps, optimizer=None):
        if self.lr_scheduler is not None:
            return self.lr_scheduler
        self.lr_scheduler = get_cosine_with_min_lr_schedule_with_warmup(
            optimizer or self.optimizer,
            num_warmup_steps=self.args.get_warmup_steps(num_training_steps),
            num_training_steps=num_training_steps,
            min_lr_rate=FLOOR,
        )
        return self.lr_scheduler


def main():
    (training,) = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()
    FloorTrainer(model=TinyModel(), args=training, train_dataset=Samples(40)).train()
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
