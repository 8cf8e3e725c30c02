import type * as zod from 'zod';

/** zod itself, handed over by whoever has loaded it: a command without a run file never does. */
export type Zod = typeof zod;

/** What stands in a run file in place of an option. */
export interface FileValue<Value> {
  schema(z: Zod): zod.ZodType;
  /** The option's value from the file's; the same when absent. */
  read?(value: unknown): Value;
  /** The file's value from the option's, for `init`; the same when absent. */
  write?(value: Value): unknown;
  /** Both together, where the command line adds to the file; the command line alone when absent. */
  merge?(file: Value, given: Value): Value;
}

/** A kind of value that options have: a whole number, one of a few words, a path. */
export interface ValueKind<Value> {
  /** In help, between < and >. A switch has none. */
  placeholder?: string;
  /** Switched off by its option: `check` is true unless --no-check is given. */
  negated?: true;
  /** Every word that is taken, where there is a list. */
  choices?: readonly string[];
  /** A file or a folder: the shell completes it. */
  path?: true;
  /**
   * The value of a text on the command line.
   *
   * @param flag the option's long name, for messages
   * @param before the value so far, where an option is given several times
   * @throws RampcheckError
   */
  read(text: string, flag: string, before: Value | undefined): Value;
  /** Absent for what no run file holds. */
  file?: FileValue<Value>;
}

/** One option. Its name in its table is its name everywhere: `holdSteps` is --hold-steps, and hold_steps in a run file. */
export interface Option<Value = unknown> {
  kind: ValueKind<Value>;
  description: string;
  default?: Value;
  /** One letter: -q. */
  short?: string;
  /** Not for run files. */
  commandLineOnly?: true;
}

export type OptionTable = Readonly<Record<string, Option>>;

/** The values that a table's options have once a command line is read. */
export type Values<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

type More = Pick<Option, 'short' | 'commandLineOnly'>;

/** An option that is undefined unless it is given, or has a default. */
export function option<Value>(
  kind: ValueKind<Value>,
  description: string,
  more: More & { default: NoInfer<Value> },
): Option<Value>;
export function option<Value>(
  kind: ValueKind<Value>,
  description: string,
  more?: More,
): Option<Value | undefined>;
export function option<Value>(
  kind: ValueKind<Value>,
  description: string,
  more: More & { default?: Value } = {},
): Option<Value | undefined> {
  return { kind, description, ...more };
}

/** As an option stands in a command: `--hold-steps`, `--no-check`. */
export function flagOf(name: string, { kind }: Option): string {
  return `--${kind.negated ? 'no-' : ''}${spelled(name, '-')}`;
}

/** As help shows it: `-o, --output <file>`. */
export function flagsOf(name: string, option: Option): string {
  const { kind, short } = option;
  const value = kind.placeholder === undefined ? '' : ` <${kind.placeholder}>`;
  return `${short === undefined ? '' : `-${short}, `}${flagOf(name, option)}${value}`;
}

/** As it is called in a run file: `hold_steps`. */
export function keyOf(name: string): string {
  return spelled(name, '_');
}

function spelled(name: string, between: string): string {
  return name.replace(/[A-Z]/g, (letter) => `${between}${letter.toLowerCase()}`);
}

/** The values of one table's options among others. */
export function valuesOf<Table extends OptionTable>(
  table: Table,
  values: Readonly<Record<string, unknown>>,
): Values<Table> {
  const own = Object.keys(table).map((name) => [name, values[name]]);
  return Object.fromEntries(own) as Values<Table>;
}
