import type { ExitCode } from '../errors.ts';
import { flag } from './kinds.ts';
import type { OptionTable, Values } from './option.ts';

/** What a command may touch besides its own arguments; tests hand in their own. */
export interface Context {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  /** Whether a person reads stdout: colours and live rows are for them alone. */
  interactive: boolean;
  color: boolean;
  /** Width of the terminal in columns; 80 off a terminal. */
  columns: number;
}

/** Options of every command. */
export const commonOptions = {
  json: flag('print one JSON document on stdout and nothing else there'),
  quiet: flag('print problems and the result only', { short: 'q' }),
  verbose: flag("print every rank's output, not rank 0's alone", { short: 'v' }),
};

/** A rule that a run file says not to mind, and why. */
export interface Ignored {
  rule: string;
  reason: string;
}

/** What a command gets: its options' values, by the names in its table. */
export interface CommandInput<Options = unknown> {
  options: Options & Values<typeof commonOptions>;
  /** Names of the options that stand on the command line itself. */
  given: ReadonlySet<string>;
  /** Positional arguments before `--`. */
  args: readonly string[];
  /** The raw command after `--`, byte for byte, or the run file's. */
  command: readonly string[];
  /** From the run file. */
  ignore: readonly Ignored[];
}

/** What a command hands back; printing it is main's business. */
export interface CommandResult {
  exitCode: ExitCode;
  /** The one document that `--json` prints, as src/documents describes it; its keys are put into snake_case there. */
  document: object;
  /** For people; already ends in a newline, or is empty when the command streamed its output. */
  text: string;
}

export type Handler<Options = unknown> = (
  input: CommandInput<Options>,
  context: Context,
) => Promise<CommandResult>;

/** A command as data: help, completion, its page in docs and its handler's input follow from it. The work is imported when it runs. */
export interface CommandDefinition<Options = never> {
  name: string;
  summary: string;
  /** Positional arguments in commander's notation, e.g. `<schedule>`. */
  arguments?: string;
  /** Whether a raw command after `--` is needed. */
  takesCommand: boolean;
  options: OptionTable;
  examples: readonly string[];
  load(): Promise<Handler<Options>>;
}

/** A command with a handler that takes what its options hold. */
export function command<Table extends OptionTable>(
  definition: CommandDefinition<Values<Table>> & { options: Table },
): CommandDefinition {
  return definition;
}
