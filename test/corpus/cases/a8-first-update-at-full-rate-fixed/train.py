"""A loop with DeepSpeed."""

import deepspeed
import torch
from tiny import Samples, TinyModel

TOTAL, WARMUP, PEAK = 12, 3, 1e-4
CONFIG = {
    "train_micro_batch_size_per_gpu": 2,
    "scheduler": {
        "type": "WarmupDecayLR",
        "params": {
            "total_num_steps": TOTAL,
            "warmup_num_steps": WARMUP,
            "warmup_max_lr": PEAK,
            "warmup_type": "linear",
        },
    },
    "zero_optimization": {"stage": 1},
    "zero_allow_untested_optimizer": True,
}


def main():
    model = TinyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    engine, *_ = deepspeed.initialize(model=model, optimizer=optimizer, config=CONFIG)
    for batch in torch.utils.data.DataLoader(Samples(2 * TOTAL), batch_size=2):
        engine.backward(engine(**batch)["loss"])
        engine.step()
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
