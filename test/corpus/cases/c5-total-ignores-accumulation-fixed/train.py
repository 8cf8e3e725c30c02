"""Fine-tuning with a scheduler of the script's own."""

import torch
from tiny import Samples, TinyModel
from transformers import HfArgumentParser, Trainer, TrainingArguments, get_cosine_schedule_with_warmup

SAMPLES = 40


def main():
    (training,) = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()
    model, data = TinyModel(), Samples(SAMPLES)
    optimizer = torch.optim.AdamW(model.parameters(), lr=training.learning_rate)
    total = int(training.num_train_epochs) * (
        SAMPLES // training.per_device_train_batch_size // training.gradient_accumulation_steps
    )
    scheduler = get_cosine_schedule_with_warmup(optimizer, int(training.warmup_steps), total)
    Trainer(model=model, args=training, train_dataset=data, optimizers=(optimizer, scheduler)).train()
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
