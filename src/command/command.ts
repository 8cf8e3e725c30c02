import type { ExitCode } from '../errors.ts';
import { flag } from './kinds.ts';
import type { OptionTable, Values } from './option.ts';

/** What a command uses besides its arguments; tests pass their own. */
export interface Context {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  /** True if stdout is a terminal: only then are there colours and live rows. */
  interactive: boolean;
  color: boolean;
  /** Width of the terminal in columns; 80 without a terminal. */
  columns: number;
}

/** The options that all commands have. */
export const commonOptions = {
  json: flag('print one JSON document on stdout and nothing else there'),
  quiet: flag('print only problems and the result', { short: 'q' }),
  verbose: flag('print the output of every rank, not only of rank 0', { short: 'v' }),
};

/** A rule that a run file suppresses, and why. */
export interface Ignored {
  rule: string;
  reason: string;
}

/** The input of a command: the values of its options, by name. */
export interface CommandInput<Options = unknown> {
  options: Options & Values<typeof commonOptions>;
  /** Names of the options given on the command line itself. */
  given: ReadonlySet<string>;
  /** Positional arguments before `--`. */
  args: readonly string[];
  /** The raw command after `--`, byte for byte, or the run file's. */
  command: readonly string[];
  /** The rules that the run file suppresses. */
  ignore: readonly Ignored[];
}

/** The result of a command; main prints it. */
export interface CommandResult {
  exitCode: ExitCode;
  /** The document that `--json` prints. src/documents describes it and converts its keys to snake_case. */
  document: object;
  /** Text that ends with a newline, or is empty if the command has already streamed its output. */
  text: string;
}

export type Handler<Options = unknown> = (
  input: CommandInput<Options>,
  context: Context,
) => Promise<CommandResult>;

/** The description of a command: help, completion, its page in docs and its handler's input are derived from it. The handler is imported when it runs. */
export interface CommandDefinition<Options = never> {
  name: string;
  summary: string;
  /** Positional arguments in commander's notation, e.g. `<schedule>`. */
  arguments?: string;
  /** True if the command needs a raw command after `--`. */
  takesCommand: boolean;
  options: OptionTable;
  examples: readonly string[];
  load(): Promise<Handler<Options>>;
}

/** A command with a handler for the values of its options. */
export function command<Table extends OptionTable>(
  definition: CommandDefinition<Values<Table>> & { options: Table },
): CommandDefinition {
  return definition;
}
