"""A scheduler with a flag."""

import torch
from tiny import Samples, TinyModel

TOTAL, WARMUP, PEAK = 16, 3, 1e-4


class Scheduler:
    """Warms up, then decays."""

    def __init__(self, optimizer):
        self.optimizer, self.last_epoch, self.warming_up = optimizer, -1, True
        self.step()

    def step(self):
        self.last_epoch += 1
        if self.warming_up:
            scale = min(1.0, self.last_epoch / WARMUP)
            self.warming_up = self.last_epoch < WARMUP
        else:
            scale = max(0.0, (TOTAL - self.last_epoch) / (TOTAL - WARMUP))
        for group in self.optimizer.param_groups:
            group["lr"] = PEAK * scale


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    scheduler = Scheduler(optimizer)
    for batch in torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2):
        model(**batch)["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()


if __name__ == "__main__":
    main()
