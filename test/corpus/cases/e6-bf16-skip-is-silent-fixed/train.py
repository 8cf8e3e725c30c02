"""A loop with DeepSpeed and bfloat16; the first batch gives gradients that are not finite."""

import deepspeed
import torch
from tiny import TinyModel
from transformers import get_linear_schedule_with_warmup

TOTAL, WARMUP, PEAK = 10, 3, 1e-4
CONFIG = {
    "train_micro_batch_size_per_gpu": 2,
    "bf16": {"enabled": True},
    "zero_optimization": {"stage": 1},
    "zero_allow_untested_optimizer": True,
}


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    scheduler = get_linear_schedule_with_warmup(optimizer, WARMUP, TOTAL)
    engine, *_ = deepspeed.initialize(model=model, optimizer=optimizer, config=CONFIG, lr_scheduler=scheduler)
    for at in range(TOTAL + 1):
        x = torch.randn(2, 4)
        labels = torch.full((2,), float("inf")) if at == 0 else x.sum(1)
        engine.backward(engine(x, labels)["loss"])
        engine.step()
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
