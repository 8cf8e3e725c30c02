import type { ExitCode } from '../errors.ts';

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

/** One option, as commander's flags describe it: `--hold-steps <auto|n>`. */
export interface OptionDefinition {
  flags: string;
  description: string;
  default?: unknown;
  /** Turns the text into the value; throws RampcheckError with a message that names the option. */
  parse?: (text: string, previous: unknown) => unknown;
}

export interface CommandInput {
  /** Parsed options by camelCase name. */
  options: Record<string, unknown>;
  /** Positional arguments before `--`. */
  args: readonly string[];
  /** The raw command after `--`, byte for byte. */
  command: readonly string[];
}

/** What a command hands back; printing it is main's business. */
export interface CommandResult {
  exitCode: ExitCode;
  /** The one document that `--json` prints. */
  document: unknown;
  /** For people; already ends in a newline, or is empty when the command streamed its output. */
  text: string;
}

export type Handler = (input: CommandInput, context: Context) => Promise<CommandResult>;

/** A command as data: help, options and JSON output derive from it, the work is imported when it runs. */
export interface CommandDefinition {
  name: string;
  summary: string;
  /** Positional arguments in commander's notation, e.g. `<schedule>`. */
  arguments?: string;
  /** Whether a raw command after `--` is needed. */
  takesCommand: boolean;
  options: readonly OptionDefinition[];
  examples: readonly string[];
  load(): Promise<Handler>;
}
