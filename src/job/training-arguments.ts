import { type Location, RampcheckError, type RampcheckErrorOptions } from '../errors.ts';
import { type Setting, settingsOfArgv } from './setting.ts';

/** A value that the command or one of its files really states, and where. */
export interface Stated<T> {
  value: T;
  /** "--lr_scheduler_type cosine". */
  text: string;
  location?: Location;
  /** The line of the file that it stands in. */
  line?: string;
  /** What the file holds where the argument wants another type: the text '1e-4' for a number. */
  asText?: true;
}

/** What each argument is turned into (transformers/training_args.py: the types of the fields). */
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
 * The Hugging Face TrainingArguments that decide a learning rate, as far as the command states them. A field
 * that the command does not state is undefined: the library's default is applied by whoever needs a value, and
 * is never mistaken for something the user asked for.
 */
export type TrainingArguments = { [F in Field]?: Stated<ReturnType<Readers[F]>> };

/** Switches: a bare `--bf16` means true, and the word behind it is its value only when it says yes or no. */
const switches: readonly Field[] = [
  'dataloader_drop_last',
  'fp16',
  'bf16',
  'auto_find_batch_size',
  'packing',
];

/** Arguments whose bare option means something else than a forgotten value. */
const bare: readonly Field[] = ['deepspeed', 'resume_from_checkpoint'];

/** The training arguments that a script's own argument vector states. See `trainingArgumentsOf`. */
export function readTrainingArguments(args: readonly string[]): TrainingArguments {
  return trainingArgumentsOf(settingsOfArgv(args));
}

/**
 * The training arguments among settings, read as HfArgumentParser reads them: the last one wins. Arguments that decide no
 * learning rate are passed over.
 *
 * @throws RampcheckError `training-argument` for a value that the argument cannot have.
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

/** The value behind an argument and the text of both; undefined where the argument states nothing. */
function givenValue(
  field: Field,
  { value, text, source }: Setting,
): Pick<Setting, 'value' | 'text'> | undefined {
  // A file's null is the library's default.
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
  // --deepspeed takes an object in a file, as it takes JSON on the command line.
  if (setting.name === 'deepspeed' && typeof value === 'object') return JSON.stringify(value);
  throw bad(setting, value, 'a text');
}

/** What Python's float() takes. */
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

/** What transformers' string_to_bool makes of a word (hf_argparser.py); undefined for one that it refuses. */
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
