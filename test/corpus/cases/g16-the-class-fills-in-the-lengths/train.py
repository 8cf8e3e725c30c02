"""A Trainer whose class has a third of what is left after the warmup as its plateau, where nobody says more."""

import transformers
from tiny import Samples, TinyModel


class OwnTrainer(transformers.Trainer):
    def create_scheduler(self, num_training_steps, optimizer=None):
        if self.args.lr_scheduler_type == "warmup_stable_decay":
            left = num_training_steps - self.args.get_warmup_steps(num_training_steps)
            stable = left // 3
            own = {"num_stable_steps": stable, "num_decay_steps": left - stable}
            self.args.lr_scheduler_kwargs = {**own, **(self.args.lr_scheduler_kwargs or {})}
        return super().create_scheduler(num_training_steps, optimizer)


def main():
    (args,) = transformers.HfArgumentParser(transformers.TrainingArguments).parse_args_into_dataclasses()
    OwnTrainer(model=TinyModel(), args=args, train_dataset=Samples(30)).train()


if __name__ == "__main__":
    main()
