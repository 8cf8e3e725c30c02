"""An optimizer of the script that the Trainer is given."""

import torch
import transformers
from tiny import Samples, TinyModel


def main():
    (args,) = transformers.HfArgumentParser(transformers.TrainingArguments).parse_args_into_dataclasses()
    model = TinyModel()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)
    transformers.Trainer(model=model, args=args, train_dataset=Samples(24), optimizers=(optimizer, None)).train()


if __name__ == "__main__":
    main()
