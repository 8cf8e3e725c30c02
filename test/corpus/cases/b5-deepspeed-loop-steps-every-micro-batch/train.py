"""A loop with DeepSpeed."""

import deepspeed
import torch
from tiny import Samples, TinyModel
from transformers import get_linear_schedule_with_warmup

TOTAL, WARMUP, PEAK = 12, 3, 1e-4
CONFIG = {
    "train_micro_batch_size_per_gpu": 2,
    "gradient_accumulation_steps": 2,
    "zero_optimization": {"stage": 1},
    "zero_allow_untested_optimizer": True,
}


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    scheduler = get_linear_schedule_with_warmup(optimizer, WARMUP, TOTAL)
    engine, *_ = deepspeed.initialize(model=model, optimizer=optimizer, config=CONFIG)
    for batch in torch.utils.data.DataLoader(Samples(4 * TOTAL), batch_size=2):
        engine.backward(engine(**batch)["loss"])
        engine.step()
        scheduler.step()
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
