"""An optimizer that is handed its learning rate at every step."""

import torch
from tiny import Samples, TinyModel

TOTAL, WARMUP, PEAK = 16, 3, 1e-4


class Scheduler:
    """Writes the learning rate when it is told the step."""

    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.step(0)

    def step(self, global_step):
        scale = global_step / WARMUP if global_step < WARMUP else (TOTAL - global_step) / (TOTAL - WARMUP)
        for group in self.optimizer.param_groups:
            group["lr"] = PEAK * scale


def main():
    model = TinyModel()
    optimizer = torch.optim.SGD(model.parameters(), lr=PEAK)
    scheduler = Scheduler(optimizer)
    for step, batch in enumerate(torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2)):
        model(**batch)["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step(step + 1)


if __name__ == "__main__":
    main()
