"""Compile the CPU extensions that DeepSpeed would otherwise compile inside the first training run (about a minute)."""

import os

os.environ["DS_ACCELERATOR"] = "cpu"

from deepspeed.accelerator import get_accelerator

for name in ("ShareMemCommBuilder", "FusedAdamBuilder"):
    get_accelerator().create_op_builder(name).load(verbose=False)
