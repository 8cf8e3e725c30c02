"""Mixed precision by hand: a GradScaler leaves out updates whose gradients overflow."""

import torch
from tiny import TinyModel
from transformers import get_linear_schedule_with_warmup

BATCHES, TOTAL, WARMUP, PEAK = 11, 10, 3, 1e-4
# The first 1 batches overflow until the scaler has found its scale.
OVERFLOWS = 1


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK, fused=True)
    scheduler = get_linear_schedule_with_warmup(optimizer, WARMUP, TOTAL)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    for at in range(BATCHES):
        x = torch.randn(2, 4)
        labels = torch.full((2,), float("inf")) if at < OVERFLOWS else x.sum(1)
        scaler.scale(model(x, labels)["loss"]).backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        scheduler.step()


if __name__ == "__main__":
    main()
