"""A loop with DeepSpeed that takes its config from the command."""

import argparse

import deepspeed
import torch
from tiny import Samples, TinyModel


def main():
    parser = deepspeed.add_config_arguments(argparse.ArgumentParser())
    parser.add_argument("--local_rank", type=int)
    args = parser.parse_args()
    model = TinyModel()
    engine, *_ = deepspeed.initialize(args=args, model=model, model_parameters=model.parameters())
    for batch in torch.utils.data.DataLoader(Samples(24), batch_size=2):
        engine.backward(engine(**batch)["loss"])
        engine.step()
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
