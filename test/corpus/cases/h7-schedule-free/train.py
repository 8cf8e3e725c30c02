"""A schedule-free optimizer: its learning rate is constant on purpose."""

import torch
from schedulefree import AdamWScheduleFree
from tiny import Samples, TinyModel

PEAK = 1e-4


def main():
    model = TinyModel()
    optimizer = AdamWScheduleFree(model.parameters(), lr=PEAK)
    optimizer.train()
    for batch in torch.utils.data.DataLoader(Samples(32), batch_size=2):
        model(**batch)["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()


if __name__ == "__main__":
    main()
