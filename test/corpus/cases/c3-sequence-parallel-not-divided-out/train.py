"""Sequence parallel training: the total counts every rank."""

import os

import torch
from tiny import Samples, TinyModel
from transformers import get_cosine_schedule_with_warmup

SEQUENCE_PARALLEL, BATCH, SAMPLES, PEAK = 2, 2, 48, 1e-4


def main():
    torch.distributed.init_process_group("gloo")
    world_size = int(os.environ["WORLD_SIZE"])
    data_parallel = world_size // SEQUENCE_PARALLEL
    model = torch.nn.parallel.DistributedDataParallel(TinyModel())
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    total = SAMPLES // (BATCH * world_size)
    scheduler = get_cosine_schedule_with_warmup(optimizer, 3, total)
    # The ranks of a sequence-parallel group read the same samples.
    sampler = torch.utils.data.DistributedSampler(Samples(SAMPLES), data_parallel, 0)
    for batch in torch.utils.data.DataLoader(Samples(SAMPLES), BATCH, sampler=sampler):
        model(**batch)["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
