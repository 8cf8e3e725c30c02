"""A GAN: two models, two optimizers, two schedules."""

import torch
from tiny import Samples, TinyModel
from transformers import get_cosine_schedule_with_warmup, get_linear_schedule_with_warmup

TOTAL, WARMUP = 12, 3


def main():
    generator, discriminator = TinyModel(), TinyModel()
    slow = torch.optim.AdamW(generator.parameters(), lr=1e-4)
    fast = torch.optim.AdamW(discriminator.parameters(), lr=4e-4)
    schedulers = [
        get_cosine_schedule_with_warmup(slow, WARMUP, TOTAL),
        get_linear_schedule_with_warmup(fast, WARMUP, TOTAL),
    ]
    for batch in torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2):
        for model, optimizer, scheduler in zip((generator, discriminator), (slow, fast), schedulers):
            model(**batch)["loss"].backward()
            optimizer.step()
            optimizer.zero_grad()
            scheduler.step()


if __name__ == "__main__":
    main()
