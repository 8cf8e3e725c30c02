import { type Location, RampcheckError } from '../errors.ts';

/** A value that the command really states, and where. */
export interface Stated<T> {
  value: T;
  /** "--lr_scheduler_type cosine". */
  text: string;
  location?: Location;
}

/**
 * The Hugging Face TrainingArguments that decide a learning rate, as far as the command states them. A field
 * that the command does not state is undefined: the library's default is applied by whoever needs a value, and
 * is never mistaken for something the user asked for.
 */
export interface TrainingArguments {
  learning_rate?: Stated<number>;
  lr_scheduler_type?: Stated<string>;
  lr_scheduler_kwargs?: Stated<Record<string, unknown>>;
  warmup_steps?: Stated<number>;
  warmup_ratio?: Stated<number>;
  num_train_epochs?: Stated<number>;
  max_steps?: Stated<number>;
  per_device_train_batch_size?: Stated<number>;
  gradient_accumulation_steps?: Stated<number>;
  dataloader_drop_last?: Stated<boolean>;
  deepspeed?: Stated<string>;
}

type Field = keyof TrainingArguments;
type Reader = (text: string, field: Field) => unknown;

/** What each argument's text is turned into (transformers/training_args.py: the types of the fields). */
const readers: {
  [F in Field]-?: (text: string, field: Field) => NonNullable<TrainingArguments[F]>['value'];
} = {
  learning_rate: float,
  lr_scheduler_type: (text) => text,
  lr_scheduler_kwargs: dictionary,
  warmup_steps: float,
  warmup_ratio: float,
  num_train_epochs: float,
  max_steps: integer,
  per_device_train_batch_size: integer,
  gradient_accumulation_steps: integer,
  dataloader_drop_last: boolean,
  deepspeed: (text) => text,
};

/**
 * The training arguments that a script's own arguments state, read as HfArgumentParser reads them: `--x y` or `--x=y`, with
 * underscores or dashes, the last one wins. Arguments that decide no learning rate are passed over.
 *
 * @throws RampcheckError `training-argument` for a value that the argument cannot have.
 */
export function readTrainingArguments(args: readonly string[]): TrainingArguments {
  const stated: Partial<Record<Field, Stated<unknown>>> = {};
  args.forEach((word, at) => {
    const field = fieldNamed(word);
    if (!field) return;
    const equals = word.indexOf('=');
    const value = equals < 0 ? valueBehind(field, args[at + 1]) : word.slice(equals + 1);
    if (value === undefined) return;
    const text = equals < 0 && args[at + 1] === value ? `${word} ${value}` : word;
    const read: Reader = readers[field];
    stated[field] = { value: read(value, field), text };
  });
  return stated as TrainingArguments;
}

/** The field of `--learning_rate`, `--learning-rate` or `--learning_rate=1e-5`. */
function fieldNamed(word: string): Field | undefined {
  const [, name = ''] = /^--([\w-]+)(?:=|$)/.exec(word) ?? [];
  // argparse knows the two spellings as wholes: no mixture of them.
  const underscored = name.includes('_') ? name : name.replaceAll('-', '_');
  // Scripts that use DeepSpeed without the Trainer have --deepspeed as a switch and --deepspeed_config for the file.
  if (underscored === 'deepspeed_config') return 'deepspeed';
  return Object.hasOwn(readers, underscored) ? (underscored as Field) : undefined;
}

/** The word behind an argument, when it is a value; a bare switch means true. */
function valueBehind(field: Field, next: string | undefined): string | undefined {
  const isValue = next !== undefined && !/^--?[a-z]/i.test(next);
  if (field === 'dataloader_drop_last') return isValue && truth(next) !== undefined ? next : 'true';
  if (isValue) return next;
  if (field === 'deepspeed') return undefined;
  throw new RampcheckError('training-argument', `--${field} has no value`);
}

/** What Python's float() takes. */
function float(text: string, field: Field): number {
  const value = Number(text.trim().replace(/(?<=\d)_(?=\d)/g, ''));
  if (!/^\s*[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(e[+-]?\d+)?\s*$/i.test(text) || !Number.isFinite(value)) {
    throw bad(field, text, 'a number');
  }
  return value;
}

function integer(text: string, field: Field): number {
  const value = Number(text.trim().replaceAll('_', ''));
  if (!/^\s*[+-]?\d[\d_]*\s*$/.test(text) || !Number.isSafeInteger(value))
    throw bad(field, text, 'a whole number');
  return value;
}

function boolean(text: string, field: Field): boolean {
  const value = truth(text);
  if (value === undefined) throw bad(field, text, 'yes or no');
  return value;
}

function truth(text: string): boolean | undefined {
  if (/^(yes|true|t|y|1)$/i.test(text)) return true;
  return /^(no|false|f|n|0)$/i.test(text) ? false : undefined;
}

function dictionary(text: string, field: Field): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(field, text, `a JSON object (${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(field, text, 'a JSON object');
  return convertTexts(value);
}

/** Numbers and booleans in quotes become what they say, as transformers does it (`1e-6` stays a text there too). */
function convertTexts(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]: [string, unknown]) => {
      if (typeof entry === 'object' && entry !== null && !Array.isArray(entry))
        return [key, convertTexts(entry)];
      if (typeof entry !== 'string') return [key, entry];
      if (/^(true|false)$/i.test(entry)) return [key, entry.toLowerCase() === 'true'];
      return [key, /^(\d+\.?\d*|\.\d+)$/.test(entry) ? Number(entry) : entry];
    }),
  );
}

function bad(field: Field, text: string, wanted: string): RampcheckError {
  return new RampcheckError('training-argument', `--${field} needs ${wanted}, not '${text.slice(0, 80)}'`);
}
