/** Defaults for what a command does not state. */
export interface Defaults {
  /** The library that has these defaults: "transformers". */
  of: string;
  learning_rate: number;
  lr_scheduler_type: string;
  per_device_train_batch_size: number;
  gradient_accumulation_steps: number;
  num_train_epochs: number;
}

/** What TRL's configs have in place of TrainingArguments' rate (trl 1.16.0, trainer/*_config.py), by the name of the trainer. */
const trlRates: Readonly<Record<string, number>> = {
  SFT: 2e-5,
  DPO: 1e-6,
  KTO: 1e-6,
  Reward: 1e-4,
  GRPO: 1e-6,
  RLOO: 1e-6,
};

/** The defaults of the trainer with this name; transformers' own where it is none of TRL's. */
export function defaultsOfTrainer(name: string | undefined): Defaults {
  const rate = name === undefined ? undefined : trlRates[name];
  return rate === undefined
    ? transformersDefaults
    : { ...transformersDefaults, of: 'TRL', learning_rate: rate };
}

/** TrainingArguments' own (transformers 5.23, training_args.py). */
export const transformersDefaults: Defaults = {
  of: 'transformers',
  learning_rate: 5e-5,
  lr_scheduler_type: 'linear',
  per_device_train_batch_size: 8,
  gradient_accumulation_steps: 1,
  num_train_epochs: 3,
};
