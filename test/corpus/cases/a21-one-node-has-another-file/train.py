"""Distributed training whose batch size comes from each node's own settings."""

import os

import torch
from tiny import Samples, TinyModel
from transformers import get_linear_schedule_with_warmup

TOTAL, WARMUP, PEAK = 16, 3, 1e-4


def main():
    torch.distributed.init_process_group("gloo")
    model = torch.nn.parallel.DistributedDataParallel(TinyModel())
    peak = PEAK if os.environ["GROUP_RANK"] == "0" else 2 * PEAK
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak)
    scheduler = get_linear_schedule_with_warmup(optimizer, WARMUP, TOTAL)
    for batch in torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2):
        model(**batch)["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
