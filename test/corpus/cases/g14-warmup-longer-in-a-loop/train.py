"""A loop of ten updates with a warmup of thirty: a run that is cut short to look at its first steps."""

import torch
import transformers
from tiny import Samples, TinyModel

TOTAL, WARMUP, PEAK = 10, 30, 1e-3


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    scheduler = transformers.get_linear_schedule_with_warmup(optimizer, WARMUP, TOTAL)
    for batch in torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2):
        model(**batch)["loss"].backward()
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()


if __name__ == "__main__":
    main()
