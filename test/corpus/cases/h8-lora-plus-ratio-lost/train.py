"""LoRA+ with a ratio of 16."""

import torch
from tiny import Samples, TinyModel
from transformers import get_linear_schedule_with_warmup

TOTAL, WARMUP, PEAK, BODY, HEAD = 16, 3, 1e-4, 1e-4, 1e-4


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(
        [
            {"params": model.body.parameters(), "lr": BODY},
            {"params": model.head.parameters(), "lr": HEAD},
        ],
        lr=PEAK,
    )
    scheduler = get_linear_schedule_with_warmup(optimizer, WARMUP, TOTAL)
    for batch in torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2):
        model(**batch)["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()


if __name__ == "__main__":
    main()
