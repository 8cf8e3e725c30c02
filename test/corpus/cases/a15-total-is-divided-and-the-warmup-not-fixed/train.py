"""A loop with accelerate and DeepSpeed: optimizer and scheduler come from the DeepSpeed config."""

import torch
from accelerate import Accelerator, DeepSpeedPlugin
from accelerate.utils import DummyOptim, DummyScheduler, InitProcessGroupKwargs
from tiny import Samples, TinyModel

UPDATES, WARMUP, PEAK = 12, 4, 1e-4


def main():
    plugin = DeepSpeedPlugin(hf_ds_config="ds_config.json")
    accelerator = Accelerator(deepspeed_plugin=plugin, kwargs_handlers=[InitProcessGroupKwargs(backend="gloo")])
    model = TinyModel()
    loader = torch.utils.data.DataLoader(Samples(4 * UPDATES), batch_size=2)
    optimizer = DummyOptim(model.parameters(), lr=PEAK)
    scheduler = DummyScheduler(optimizer, UPDATES * accelerator.num_processes, WARMUP)
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
    for batch in loader:
        accelerator.backward(model(**batch)["loss"])
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
    accelerator.wait_for_everyone()
    accelerator.end_training()


if __name__ == "__main__":
    main()
