import type * as zod from 'zod';

/** zod, passed by the caller: a command without a run file never loads it. */
export type Zod = typeof zod;

/** How an option is written in a run file. */
export interface FileValue<Value> {
  schema(z: Zod): zod.ZodType;
  /** Converts the file's value to the option's; by default they are equal. */
  read?(value: unknown): Value;
  /** Converts the option's value to the file's, for `init`; by default they are equal. */
  write?(value: Value): unknown;
  /** Combines the values of the command line and the file; by default the command line replaces the file. */
  merge?(file: Value, given: Value): Value;
}

/** The kind of an option's value: a whole number, one of a fixed set of words, a path. */
export interface ValueKind<Value> {
  /** The placeholder in help, between < and >. A switch has none. */
  placeholder?: string;
  /** The flag switches the option off: `check` is true unless --no-check is given. */
  negated?: true;
  /** All valid words, if there is a fixed set. */
  choices?: readonly string[];
  /** True for a file or a folder: the shell completes it. */
  path?: true;
  /**
   * Parses a value of the command line.
   *
   * @param flag the option's long name, for messages
   * @param before the value so far, if an option is given several times
   * @throws RampcheckError
   */
  read(text: string, flag: string, before: Value | undefined): Value;
  /** Absent for options that run files do not have. */
  file?: FileValue<Value>;
}

/** One option. Its name in its table is its name everywhere: `holdSteps` is --hold-steps, and hold_steps in a run file. */
export interface Option<Value = unknown> {
  kind: ValueKind<Value>;
  description: string;
  default?: Value;
  /** One letter: -q. */
  short?: string;
  /** True if run files do not have it. */
  commandLineOnly?: true;
}

export type OptionTable = Readonly<Record<string, Option>>;

/** The values of a table's options after the command line is read. */
export type Values<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

type More = Pick<Option, 'short' | 'commandLineOnly'>;

/** An option: undefined unless it is given or has a default. */
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

/** The spelling in a command: `--hold-steps`, `--no-check`. */
export function flagOf(name: string, { kind }: Option): string {
  return `--${kind.negated ? 'no-' : ''}${spelled(name, '-')}`;
}

/** The spelling in help: `-o, --output <file>`. */
export function flagsOf(name: string, option: Option): string {
  const { kind, short } = option;
  const value = kind.placeholder === undefined ? '' : ` <${kind.placeholder}>`;
  return `${short === undefined ? '' : `-${short}, `}${flagOf(name, option)}${value}`;
}

/** The name in a run file: `hold_steps`. */
export function keyOf(name: string): string {
  return spelled(name, '_');
}

function spelled(name: string, between: string): string {
  return name.replace(/[A-Z]/g, (letter) => `${between}${letter.toLowerCase()}`);
}

/** Selects the values of one table's options. */
export function valuesOf<Table extends OptionTable>(
  table: Table,
  values: Readonly<Record<string, unknown>>,
): Values<Table> {
  const own = Object.keys(table).map((name) => [name, values[name]]);
  return Object.fromEntries(own) as Values<Table>;
}
