"""A Trainer of axolotl's on a model of a few weights, with whatever arguments the command states."""

from axolotl_trainer import AxolotlTrainer, AxolotlTrainingArguments
from tiny import Samples, TinyModel
from transformers import HfArgumentParser


def main():
    (args,) = HfArgumentParser(AxolotlTrainingArguments).parse_args_into_dataclasses()
    trainer = AxolotlTrainer(model=TinyModel(), args=args, train_dataset=Samples(24))
    trainer.train()
    assert trainer.state.global_step == args.max_steps


if __name__ == "__main__":
    main()
