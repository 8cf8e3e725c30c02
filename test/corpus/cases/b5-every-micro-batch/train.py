"""A loop with accelerate and accumulation; the scheduler is not prepared."""

import torch
from accelerate import Accelerator
from tiny import Samples, TinyModel
from transformers import get_cosine_schedule_with_warmup

EPOCHS, BATCH, PEAK, WARMUP = 2, 2, 1e-4, 2


def main():
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=4)
    model = TinyModel()
    loader = torch.utils.data.DataLoader(Samples(40), batch_size=BATCH, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    total = EPOCHS * len(loader) // 4
    scheduler = get_cosine_schedule_with_warmup(optimizer, WARMUP, total)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
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
