"""A real Lightning run with a LearningRateMonitor. Argument: the folder for its metrics.csv."""

import sys

import lightning
import torch
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger


class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def training_step(self, batch, index):
        return self.layer(batch).mean()

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=1e-3)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


lightning.Trainer(
    accelerator="cpu",
    max_epochs=1,
    logger=CSVLogger(sys.argv[1], name="", version=""),
    callbacks=[LearningRateMonitor(logging_interval="step")],
    log_every_n_steps=5,
    enable_progress_bar=False,
    enable_checkpointing=False,
).fit(Module(), torch.utils.data.DataLoader(torch.ones(40, 1)))
