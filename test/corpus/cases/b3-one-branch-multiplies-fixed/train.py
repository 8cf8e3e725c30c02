"""A loop that is sized by steps or by epochs."""

import torch
from accelerate import Accelerator
from tiny import Samples, TinyModel
from transformers import get_cosine_schedule_with_warmup

EPOCHS, BATCH, PEAK, WARMUP = 2, 2, 1e-4, 3


def main():
    accelerator = Accelerator(cpu=True)
    model = TinyModel()
    loader = torch.utils.data.DataLoader(Samples(40), batch_size=BATCH, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    max_train_steps = 20
    if max_train_steps is not None:
        total = max_train_steps * accelerator.num_processes
        warmup = WARMUP * accelerator.num_processes
    else:
        total = EPOCHS * len(loader) // accelerator.num_processes
        warmup = WARMUP
    scheduler = get_cosine_schedule_with_warmup(optimizer, warmup, total)
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
