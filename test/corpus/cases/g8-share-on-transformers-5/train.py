"""Fine-tuning whose arguments are written in the script."""

import torch
from tiny import Samples, TinyModel
from transformers import Trainer, TrainingArguments


def main():
    training = TrainingArguments(
        output_dir="out",
        learning_rate=1e-4,
        lr_scheduler_type="cosine",
        warmup_steps=0.2,
        max_steps=20,
        per_device_train_batch_size=2,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
    )
    Trainer(model=TinyModel(), args=training, train_dataset=Samples(40)).train()
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
