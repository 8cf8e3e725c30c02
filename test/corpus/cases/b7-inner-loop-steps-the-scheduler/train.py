"""Reinforcement learning: every rollout is trained for several epochs."""

import torch
from tiny import Samples, TinyModel
from transformers import get_linear_schedule_with_warmup

ROLLOUTS, INNER, ACCUMULATION, PEAK = 6, 4, 2, 1e-4


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    scheduler = get_linear_schedule_with_warmup(optimizer, 2, ROLLOUTS * INNER // ACCUMULATION)
    for _ in range(ROLLOUTS):
        rollout = torch.utils.data.default_collate([sample for sample in Samples(4)])
        for inner in range(INNER):
            (model(**rollout)["loss"] / ACCUMULATION).backward()
            if (inner + 1) % ACCUMULATION == 0:
                optimizer.step()
                optimizer.zero_grad()
            scheduler.step()


if __name__ == "__main__":
    main()
