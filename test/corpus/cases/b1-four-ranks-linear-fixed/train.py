"""A loop with accelerate whose linear scheduler counts the steps of all processes together."""

import torch
from accelerate import Accelerator
from tiny import Samples, TinyModel
from transformers import get_linear_schedule_with_warmup

EPOCHS, BATCH, PEAK, WARMUP = 2, 2, 1e-4, 3


def main():
    accelerator = Accelerator(cpu=True)
    model = TinyModel()
    loader = torch.utils.data.DataLoader(Samples(40), batch_size=BATCH, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    total = EPOCHS * len(loader) // accelerator.num_processes
    # A prepared scheduler is stepped once per process.
    scheduler = get_linear_schedule_with_warmup(optimizer, WARMUP * accelerator.num_processes, total * accelerator.num_processes)
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
    for _ in range(EPOCHS):
        for batch in loader:
            with accelerator.accumulate(model):
                accelerator.backward(model(**batch)["loss"])
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
    accelerator.wait_for_everyone()
    accelerator.end_training()


if __name__ == "__main__":
    main()
