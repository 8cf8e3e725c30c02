"""A training loop with a scheduler that keeps its peak in the parameter groups; it goes on from checkpoint.pt."""

import math
import os

import torch
from tiny import Samples, TinyModel

TOTAL, SAVE_AT = 12, 6
PEAK = float(os.environ.get("PEAK", "1e-4"))


class ParamScheduler:
    """Reads the peak of each group from the group itself."""

    def __init__(self, optimizer):
        self.optimizer, self.num_steps = optimizer, 0
        for group in optimizer.param_groups:
            group.setdefault("max_lr", group["lr"])
        self.step(0)

    def step(self, increment=1):
        self.num_steps += increment
        for group in self.optimizer.param_groups:
            group["lr"] = group["max_lr"] * 0.5 * (1 + math.cos(math.pi * self.num_steps / TOTAL))


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    scheduler = ParamScheduler(optimizer)
    step = 0
    if os.path.exists("checkpoint.pt"):
        checkpoint = torch.load("checkpoint.pt")
        step = checkpoint["step"]
        model.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        scheduler.step(step)
    batches = torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2)
    for at, batch in enumerate(batches):
        if at < step:
            continue
        model(**batch)["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()
        if at + 1 == SAVE_AT and step == 0:
            torch.save({"step": SAVE_AT, "model": model.state_dict(), "optimizer": optimizer.state_dict()}, "checkpoint.pt")
            break


if __name__ == "__main__":
    main()
