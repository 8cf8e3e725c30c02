"""Warmup and linear decay."""

import torch
from tiny import Samples, TinyModel

TOTAL, WARMUP, PEAK = 16, 3, 1e-4


def scale(step):
    if step < WARMUP:
        return (step + 1) / WARMUP
    if step < WARMUP + 1:
        return 1.0
    return 1 - (step + 1 - (WARMUP + 1)) / (TOTAL - WARMUP)


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
