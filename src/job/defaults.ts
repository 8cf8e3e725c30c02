/** What is assumed where a command is silent. */
export interface Defaults {
  /** Whose they are: "transformers". */
  of: string;
  learning_rate: number;
  lr_scheduler_type: string;
  per_device_train_batch_size: number;
  gradient_accumulation_steps: number;
  num_train_epochs: number;
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
