"""axolotl's Trainer with a class over it that forgets its schedules."""

import transformers
from axolotl_trainer import AxolotlTrainer, AxolotlTrainingArguments
from tiny import Samples, TinyModel


class QuietTrainer(AxolotlTrainer):
    def create_scheduler(self, num_training_steps, optimizer=None):
        return transformers.Trainer.create_scheduler(self, num_training_steps, optimizer)


def main():
    (args,) = transformers.HfArgumentParser(AxolotlTrainingArguments).parse_args_into_dataclasses()
    QuietTrainer(model=TinyModel(), args=args, train_dataset=Samples(24)).train()


if __name__ == "__main__":
    main()
