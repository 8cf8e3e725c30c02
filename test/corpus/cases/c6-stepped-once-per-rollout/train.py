"""Reinforcement learning: every rollout is trained in several updates."""

import torch
from tiny import Samples, TinyModel
from transformers import get_linear_schedule_with_warmup

ROLLOUTS, UPDATES, PEAK = 5, 3, 1e-4


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    scheduler = get_linear_schedule_with_warmup(optimizer, 2, ROLLOUTS * UPDATES)
    for _ in range(ROLLOUTS):
        rollout = torch.utils.data.default_collate([sample for sample in Samples(4)])
        for _ in range(UPDATES):
            model(**rollout)["loss"].backward()
            optimizer.step()
            optimizer.zero_grad()
        scheduler.step()


if __name__ == "__main__":
    main()
