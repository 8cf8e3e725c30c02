import contract from './node/contract.json' with { type: 'json' };

/** A location in a file or in the command line; lines and columns count from 1. */
export interface Location {
  file: string;
  line?: number;
  column?: number;
}

const codes = contract.exit_codes;

/** The exit codes of the process and their meanings. */
export const ExitCode = {
  done: codes.done,
  trainingFailed: codes.training_failed,
  usage: codes.usage,
  preflightFailed: codes.preflight_failed,
  nodeNotStarted: codes.node_not_started,
  nodeLost: codes.node_lost,
  scheduleViolation: codes.schedule_violation,
  unverified: codes.unverified,
  interrupted: codes.interrupted,
  terminated: codes.terminated,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface RampcheckErrorOptions {
  /** The remedy: one sentence, or a line to paste. */
  hint?: string;
  location?: Location;
  /** Defaults to 2: nearly all errors before the start are bad input. */
  exitCode?: ExitCode;
  cause?: unknown;
}

/**
 * An error that a user can reach. `code` is stable and documented in docs/errors.md; the printer and
 * `--json` show code, message, place and hint. Anything that is not a RampcheckError is our own bug and
 * is printed with its stack.
 */
export class RampcheckError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly location: Location | undefined;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, options: RampcheckErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RampcheckError';
    this.code = code;
    this.hint = options.hint;
    this.location = options.location;
    this.exitCode = options.exitCode ?? ExitCode.usage;
  }
}

/** `file:line:column`, as far as it is known: what editors and terminals make clickable. */
export function formatLocation({ file, line, column }: Location): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}
