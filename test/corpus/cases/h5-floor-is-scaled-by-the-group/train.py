"""Two groups and a minimum."""

import torch
from tiny import Samples, TinyModel

TOTAL, WARMUP, PEAK, BODY, HEAD = 16, 3, 1e-4, 1e-4, 1e-3


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(
        [
            {"params": model.body.parameters(), "lr": BODY},
            {"params": model.head.parameters(), "lr": HEAD},
        ],
        lr=PEAK,
    )
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: step / WARMUP if step < WARMUP else 0.1 + 0.9 * (TOTAL - step) / (TOTAL - WARMUP)
    )
    for batch in torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2):
        model(**batch)["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()


if __name__ == "__main__":
    main()
