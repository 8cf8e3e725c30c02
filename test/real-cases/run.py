"""Real Trainers under DeepSpeed, one after the other in one process: settings in, used learning rates out (JSON).

The model is one layer and the data are ones; the arguments, the DeepSpeed config and the libraries are the real ones.
"""

import json
import logging
import os
import sys
import tempfile
import warnings

os.environ.update(
    CUDA_VISIBLE_DEVICES="",
    DS_ACCELERATOR="cpu",
    RANK="0",
    LOCAL_RANK="0",
    WORLD_SIZE="1",
    MASTER_ADDR="127.0.0.1",
    TRANSFORMERS_VERBOSITY="error",
    DEEPSPEED_LOG_LEVEL="error",
)
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import deepspeed  # noqa: E402
import torch  # noqa: E402
from torch.utils.data import Dataset  # noqa: E402
from transformers import HfArgumentParser, Trainer, TrainerCallback, TrainingArguments  # noqa: E402

torch.set_num_threads(1)
# One rank has nobody to share memory with: the kernel for it would only have to be compiled.
deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False


class OneLayer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, x):
        return {"loss": self.layer(x.to(self.layer.weight.dtype)).mean()}


class Ones(Dataset):
    def __len__(self):
        return 64

    def __getitem__(self, index):
        return {"x": torch.ones(4)}


class Recorder(TrainerCallback):
    """What the optimizer holds when an update begins: the value that it uses, in every mode."""

    def __init__(self):
        self.lrs = []

    def on_step_begin(self, args, state, control, optimizer=None, **kwargs):
        self.lrs.append(float(optimizer.param_groups[0]["lr"]))


def without_kernels(config):
    """torch's own Adam in place of DeepSpeed's kernels, which would have to be compiled: the learning rate is the same."""
    optimizer = (config or {}).get("optimizer")
    if optimizer and "params" in optimizer:
        config["zero_force_ds_cpu_optimizer"] = False
        optimizer["params"]["torch_adam"] = True
    return config


def used(setting, folder):
    path = os.path.join(folder, "ds.json")
    with open(path, "w") as file:
        file.write(setting["config"]) if isinstance(setting["config"], str) else json.dump(
            without_kernels(setting["config"]), file
        )
    deepspeed = [] if setting["config"] is None else ["--deepspeed", path]
    words = [*setting["arguments"], *deepspeed, "--output_dir", folder, "--report_to", "none"]
    words += ["--save_strategy", "no", "--logging_strategy", "no", "--disable_tqdm", "True", "--use_cpu", "True"]
    words += ["--remove_unused_columns", "False", "--dataloader_pin_memory", "False"]
    (args,) = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses(args=words)
    recorder = Recorder()
    trainer = Trainer(model=OneLayer(), args=args, train_dataset=Ones(), callbacks=[recorder])
    trainer.train()
    return {"lrs": recorder.lrs, "scheduler": type(getattr(trainer.lr_scheduler, "scheduler", trainer.lr_scheduler)).__name__}


def main():
    os.environ["MASTER_PORT"] = sys.argv[1]
    results = []
    for setting in json.load(sys.stdin):
        with tempfile.TemporaryDirectory() as folder:
            try:
                results.append(used(setting, folder))
            except (Exception, SystemExit) as error:
                results.append({"error": f"{type(error).__name__}: {error}"})
    answers.write(json.dumps(results))
    answers.flush()
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


main()
