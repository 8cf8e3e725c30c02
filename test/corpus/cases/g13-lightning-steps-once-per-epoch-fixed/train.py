"""A LightningModule with a warmup and a linear decay."""

import lightning
import torch
from tiny import Samples, TinyModel
from transformers import get_linear_schedule_with_warmup

STEPS, WARMUP, PEAK = 12, 3, 1e-4


class Regression(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.model = TinyModel()

    def training_step(self, batch, index):
        return self.model(**batch)["loss"]

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=PEAK)
        scheduler = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


def main():
    trainer = lightning.Trainer(
        max_epochs=2,
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Regression(), torch.utils.data.DataLoader(Samples(12), batch_size=2))


if __name__ == "__main__":
    main()
