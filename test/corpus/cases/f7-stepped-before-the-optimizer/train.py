"""A linear warmup and decay."""

import torch
from tiny import Samples, TinyModel

TOTAL, WARMUP, PEAK = 16, 3, 1e-4


def scale(step):
    if step < WARMUP:
        return step / WARMUP
    progress = (step - WARMUP) / (TOTAL - WARMUP)
    return 1 - progress


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, scale)
    for batch in torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2):
        model(**batch)["loss"].backward()
        scheduler.step()
        optimizer.step()
        optimizer.zero_grad()


if __name__ == "__main__":
    main()
