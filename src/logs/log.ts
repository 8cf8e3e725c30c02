/** A learning rate that a training wrote down. */
export interface LoggedRate {
  /** Optimizer steps that were done when it was written, skipped ones not counted. */
  done: number;
  lr: number;
  /** How far the printed number may be from the real one: half a unit of the last digit that was printed. */
  rounding: number;
  /** Its line in the file, from 1; null in a file that is one document. */
  line: number | null;
}

/** What a format cannot know of itself. */
export interface LogHints {
  /** Optimizer steps between two lines, where lines do not say their step. */
  every: number | undefined;
  /** The first line stands behind the first step (`logging_first_step`). */
  first: boolean;
  /** Steps done before this log began: a resumed run. */
  start: number;
}

/** One way in which libraries write learning rates down. */
export interface LogFormat {
  /** For people: "the Trainer's output". */
  name: string;
  /**
   * The rates that a text holds in this format, in its order; empty when it holds none.
   *
   * @throws RampcheckError `log-without-steps` where lines do not say their step and no hint does.
   */
  read(text: string, hints: LogHints): LoggedRate[];
}

/** Lines with their numbers; a progress bar's carriage returns begin no new line. */
export function numberedLines(text: string): [number, string][] {
  return text.split('\n').map((line, index) => [index + 1, line]);
}
