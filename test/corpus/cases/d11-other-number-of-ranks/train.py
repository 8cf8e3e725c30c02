"""A loop with accelerate that goes on from checkpoint.pt when there is one."""

import os

import torch
from accelerate import Accelerator
from tiny import Samples, TinyModel
from transformers import get_cosine_schedule_with_warmup

TOTAL, WARMUP, PEAK, SAVE_AT = 12, 3, 1e-4, 6


def main():
    accelerator = Accelerator(cpu=True)
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    processes = accelerator.num_processes
    scheduler = get_cosine_schedule_with_warmup(optimizer, WARMUP * processes, TOTAL * processes)
    loader = torch.utils.data.DataLoader(Samples(4 * TOTAL), batch_size=2)
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
    step = 0
    if os.path.exists("checkpoint.pt"):
        checkpoint = torch.load("checkpoint.pt")
        step = checkpoint["step"]
        accelerator.unwrap_model(model).load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        scheduler.load_state_dict(checkpoint["scheduler"])
    for at, batch in enumerate(loader):
        if at < step:
            continue
        if at == TOTAL:
            break
        accelerator.backward(model(**batch)["loss"])
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        if at + 1 == SAVE_AT and step == 0:
            weights = accelerator.unwrap_model(model).state_dict()
            state = {"step": SAVE_AT, "model": weights, "optimizer": optimizer.state_dict()}
            torch.save({**state, "scheduler": scheduler.state_dict()}, "checkpoint.pt")
            break
    accelerator.wait_for_everyone()
    accelerator.end_training()


if __name__ == "__main__":
    main()
