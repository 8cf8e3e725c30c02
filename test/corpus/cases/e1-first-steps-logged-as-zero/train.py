"""A loop with DeepSpeed and float16; the loss scale starts so high that the first updates overflow."""

import deepspeed
import torch
from deepspeed.accelerator import get_accelerator
from tiny import TinyModel
from transformers import get_linear_schedule_with_warmup

TOTAL, WARMUP, PEAK = 10, 3, 1e-4
CONFIG = {
    "train_micro_batch_size_per_gpu": 2,
    "fp16": {"enabled": True, "initial_scale_power": 32},
    "zero_optimization": {"stage": 1},
    "zero_allow_untested_optimizer": True,
}


# Any processor computes in float16; DeepSpeed asks whether it does so fast.
type(get_accelerator()).is_fp16_supported = lambda self: True


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    scheduler = get_linear_schedule_with_warmup(optimizer, WARMUP, TOTAL)
    engine, *_ = deepspeed.initialize(model=model, optimizer=optimizer, config=CONFIG, lr_scheduler=scheduler)
    for _ in range(TOTAL + 24):
        x = torch.randn(2, 4)
        labels = x.sum(1)
        engine.backward(engine(x, labels)["loss"])
        engine.step()
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
