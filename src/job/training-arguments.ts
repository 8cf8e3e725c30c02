import { type Location, RampcheckError, type RampcheckErrorOptions } from '../errors.ts';
import { type Setting, settingsOfArgv } from './setting.ts';

/** A value that the command or one of its files states, and where. */
export interface Stated<T> {
  value: T;
  /** "--lr_scheduler_type cosine". */
  text: string;
  location?: Location;
  /** The line of the file that contains it. */
  line?: string;
  /** The file's value if it has the wrong type: the string '1e-4' for a number. */
  asText?: true;
}

/** The type of each argument (transformers/training_args.py: the types of the fields). */
const readers = {
  learning_rate: float,
  lr_scheduler_type: text,
  lr_scheduler_kwargs: dictionary,
  warmup_steps: float,
  warmup_ratio: float,
  num_train_epochs: float,
  max_steps: integer,
  per_device_train_batch_size: integer,
  gradient_accumulation_steps: integer,
  dataloader_drop_last: boolean,
  deepspeed: text,
  adam_beta1: float,
  adam_beta2: float,
  adam_epsilon: float,
  weight_decay: float,
  max_grad_norm: float,
  fp16: boolean,
  bf16: boolean,
  optim: text,
  eval_strategy: text,
  output_dir: text,
  resume_from_checkpoint: text,
  auto_find_batch_size: boolean,
  packing: boolean,
} satisfies Record<string, (value: unknown, setting: Setting) => unknown>;

type Readers = typeof readers;
type Field = keyof Readers;

/**
 * The Hugging Face TrainingArguments that affect the learning rate, as far as the command states them. A field
 * that the command does not state is undefined: code that needs a value applies the library's default, so the default
 * is never mistaken for a request of the user.
 */
export type TrainingArguments = { [F in Field]?: Stated<ReturnType<Readers[F]>> };

/** Switches: a bare `--bf16` means true; the word after it is its value only if it means yes or no. */
const switches: readonly Field[] = [
  'dataloader_drop_last',
  'fp16',
  'bf16',
  'auto_find_batch_size',
  'packing',
];

/** Arguments for which a bare option is valid. */
const bare: readonly Field[] = ['deepspeed', 'resume_from_checkpoint'];

/** The training arguments in a script's argument vector. See `trainingArgumentsOf`. */
export function readTrainingArguments(args: readonly string[]): TrainingArguments {
  return trainingArgumentsOf(settingsOfArgv(args));
}

/**
 * The training arguments among the settings, read like HfArgumentParser: the last one wins. Arguments that do not affect the
 * learning rate are ignored.
 *
 * @throws RampcheckError `training-argument` for a value that is not valid for the argument.
 */
export function trainingArgumentsOf(settings: readonly Setting[]): TrainingArguments {
  const stated: Partial<Record<Field, Stated<unknown>>> = {};
  for (const setting of settings) {
    const field = fieldNamed(setting.name);
    if (!field) continue;
    const found = givenValue(field, setting);
    if (found === undefined) continue;
    const { location, line } = setting;
    const read: (value: unknown, setting: Setting) => unknown = readers[field];
    const value = read(found.value, { ...setting, name: field });
    stated[field] = {
      value,
      text: found.text,
      ...(location ? { location } : {}),
      ...(line === undefined ? {} : { line }),
      ...(setting.source !== 'command' && typeof value === 'number' && typeof found.value === 'string'
        ? { asText: true as const }
        : {}),
    };
  }
  return stated as TrainingArguments;
}

function fieldNamed(name: string): Field | undefined {
  // Scripts that use DeepSpeed without the Trainer have --deepspeed as a switch and --deepspeed_config for the file.
  if (name === 'deepspeed_config') return 'deepspeed';
  return Object.hasOwn(readers, name) ? (name as Field) : undefined;
}

/** The value of an argument, and the text of both; undefined if the argument states nothing. */
function givenValue(
  field: Field,
  { value, text, source }: Setting,
): Pick<Setting, 'value' | 'text'> | undefined {
  // null in a file means the library's default.
  if (source !== 'command') return value === null || value === undefined ? undefined : { value, text };
  if (
    typeof value === 'string' &&
    switches.includes(field) &&
    truth(value) === undefined &&
    !text.includes('=')
  )
    return { value: 'true', text: text.slice(0, text.indexOf(' ')) };
  if (value !== undefined) return { value, text };
  if (switches.includes(field)) return { value: 'true', text };
  if (bare.includes(field)) return undefined;
  throw new RampcheckError('training-argument', `--${field} has no value`);
}

function text(value: unknown, setting: Setting): string {
  if (typeof value === 'string' && !value.includes('\0')) return value;
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  // In a file --deepspeed may be an object, as it may be JSON on the command line.
  if (setting.name === 'deepspeed' && typeof value === 'object') return JSON.stringify(value);
  throw bad(setting, value, 'a string');
}

/** The numbers that Python's float() accepts. */
function float(value: unknown, setting: Setting): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const written = String(value);
  const number = Number(written.trim().replace(/(?<=\d)_(?=\d)/g, ''));
  const known = /^\s*[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(e[+-]?\d+)?\s*$/i.test(written);
  if (typeof value !== 'string' || !known || !Number.isFinite(number)) throw bad(setting, value, 'a number');
  return number;
}

function integer(value: unknown, setting: Setting): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  const written = String(value);
  const number = Number(written.trim().replaceAll('_', ''));
  if (typeof value !== 'string' || !/^\s*[+-]?\d[\d_]*\s*$/.test(written) || !Number.isSafeInteger(number))
    throw bad(setting, value, 'a whole number');
  return number;
}

function boolean(value: unknown, setting: Setting): boolean {
  const found = typeof value === 'boolean' ? value : truth(String(value));
  if (found === undefined) throw bad(setting, value, 'yes or no');
  return found;
}

/** The value of a word in transformers' string_to_bool (hf_argparser.py); undefined for a word that it refuses. */
export function truth(word: string): boolean | undefined {
  if (/^(yes|true|t|y|1)$/i.test(word)) return true;
  return /^(no|false|f|n|0)$/i.test(word) ? false : undefined;
}

function dictionary(value: unknown, setting: Setting): Record<string, unknown> {
  let found = value;
  if (typeof value === 'string') {
    try {
      found = JSON.parse(value);
    } catch (error) {
      throw bad(setting, value, `a JSON object (${(error as Error).message})`);
    }
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found))
    throw bad(setting, value, 'a JSON object');
  return convertTexts(found);
}

/** Converts numbers and booleans in quotes, as transformers does (`1e-6` stays a string there too). */
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

function bad({ name, location, source }: Setting, value: unknown, wanted: string): RampcheckError {
  const given = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  const options: RampcheckErrorOptions = location ? { location } : {};
  const option = source === 'command' ? `--${name}` : name;
  return new RampcheckError(
    'training-argument',
    `${option} needs ${wanted}, not '${given.slice(0, 80)}'`,
    options,
  );
}
