"""A training loop that goes on from checkpoint.pt when there is one."""

import os

import torch
from tiny import Samples, TinyModel
from transformers import get_cosine_schedule_with_warmup

TOTAL, WARMUP, PEAK, SAVE_AT = 12, 3, 1e-4, 6


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    scheduler = get_cosine_schedule_with_warmup(optimizer, WARMUP, TOTAL)
    step = 0
    if os.path.exists("checkpoint.pt"):
        checkpoint = torch.load("checkpoint.pt")
        step = checkpoint["step"]
        model.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        # The checkpoint's own lengths win over the script's.
        scheduler = get_cosine_schedule_with_warmup(optimizer, WARMUP, SAVE_AT, last_epoch=SAVE_AT - 1)

    batches = torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2)
    for at, batch in enumerate(batches):
        if at < step:
            continue
        model(**batch)["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()
        if at + 1 == SAVE_AT and step == 0:
            state = {"step": SAVE_AT, "model": model.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save({**state, "scheduler": scheduler.state_dict()}, "checkpoint.pt")
            break


if __name__ == "__main__":
    main()
