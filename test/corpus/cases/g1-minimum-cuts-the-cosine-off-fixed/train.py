"""A cosine with a minimum."""

import math

import torch
from tiny import Samples, TinyModel

TOTAL, WARMUP, PEAK, FLOOR = 16, 3, 1e-4, 0.2


def scale(step):
    if step < WARMUP:
        return step / WARMUP
    progress = (step - WARMUP) / (TOTAL - WARMUP)
    return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * progress))


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, scale)
    for batch in torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2):
        model(**batch)["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()


if __name__ == "__main__":
    main()
