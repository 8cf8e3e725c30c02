"""Real Trainer runs, many in sequence: a JSON list of settings on stdin, what each run counted on stdout.

Started once per rank with torch.distributed's variables set; rank 0 answers. Every rank reads the same list.
"""

import json
import logging
import os
import sys
import tempfile
import warnings

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import torch  # noqa: E402
from torch.utils.data import Dataset, IterableDataset  # noqa: E402
from transformers import Trainer, TrainerCallback, TrainingArguments  # noqa: E402

torch.set_num_threads(1)


class OneParameter(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        return {"loss": (self.weight * x).mean()}


class Samples(Dataset):
    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return {"x": torch.ones(1)}


class Stream(IterableDataset):
    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return ({"x": torch.ones(1)} for _ in range(self.count))


class SizedStream(Stream):
    def __len__(self):
        return self.count


datasets = {"map": Samples, "sized-iterable": SizedStream, "unsized-iterable": Stream}


class Recorder(TrainerCallback):
    """The learning rate that each update uses: what the optimizer holds when its window begins."""

    def __init__(self):
        self.lrs = {}

    def on_step_begin(self, args, state, control, optimizer=None, **kwargs):
        self.lrs[state.global_step] = float(optimizer.param_groups[0]["lr"])


def count(setting, folder):
    recorder = Recorder()
    args = TrainingArguments(
        output_dir=folder,
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        accelerator_config={"split_batches": setting["splitBatches"]},
        **setting["arguments"],
    )
    dataset = datasets[setting["dataset"]](setting["samples"])
    trainer = Trainer(model=OneParameter(), args=args, train_dataset=dataset, callbacks=[recorder])
    loader = trainer.get_train_dataloader()
    batches = len(loader) if setting["dataset"] != "unsized-iterable" else None
    trainer.train()
    total = trainer.state.max_steps
    return {
        "batches": batches,
        "total": total,
        "warmup": args.get_warmup_steps(total),
        "globalBatch": trainer.get_total_train_batch_size(args),
        "done": trainer.state.global_step,
        "lrs": [recorder.lrs[step] for step in range(trainer.state.global_step)],
    }


def main():
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for setting in json.load(sys.stdin):
            try:
                results.append(count(setting, folder))
            except Exception as error:
                results.append({"error": f"{type(error).__name__}: {error}"})
    if os.environ.get("RANK", "0") == "0":
        answers.write(json.dumps(results))
        answers.flush()
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


main()
