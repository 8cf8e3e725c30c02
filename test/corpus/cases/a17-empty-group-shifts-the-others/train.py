"""A loop with DeepSpeed."""

import deepspeed
import torch
from tiny import Samples, TinyModel
from torch.optim.lr_scheduler import LambdaLR

TOTAL, WARMUP, PEAK = 12, 3, 1e-4
CONFIG = {
    "train_micro_batch_size_per_gpu": 2,
    "zero_optimization": {"stage": 1},
    "zero_allow_untested_optimizer": True,
}


def main():
    model = TinyModel()
    groups = [
        {"params": [], "lr": 1e-3},
        {"params": model.head.parameters(), "lr": 1e-4},
        {"params": model.body.parameters(), "lr": 1e-5},
    ]
    optimizer = torch.optim.AdamW([group for group in groups if group["params"]], lr=PEAK)
    rates = [group["lr"] for group in groups][: len(optimizer.param_groups)]
    scheduler = LambdaLR(optimizer, lambda step: 1 - step / TOTAL)
    scheduler.base_lrs = rates
    engine, *_ = deepspeed.initialize(model=model, optimizer=optimizer, lr_scheduler=scheduler, config=CONFIG)
    for batch in torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2):
        engine.backward(engine(**batch)["loss"])
        engine.step()
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
