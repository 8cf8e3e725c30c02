/** A learning rate that a training logged. */
export interface LoggedRate {
  /** Optimizer steps that were finished when it was logged, without skipped ones. */
  done: number;
  lr: number;
  /** How far the printed number may be from the real one: half a unit of the last printed digit. */
  rounding: number;
  /** Its line in the file, from 1; null if the file is one document. */
  line: number | null;
}

/** What the log itself may not show. */
export interface LogHints {
  /** Optimizer steps between two lines, for lines without a step number. */
  every: number | undefined;
  /** The first line reports the first step (`logging_first_step`). */
  first: boolean;
  /** Steps finished before this log begins: a resumed run. */
  start: number;
}

/** A format in which libraries log learning rates. */
export interface LogFormat {
  /** For people: "the Trainer's output". */
  name: string;
  /**
   * The rates that a text contains in this format, in order; empty if it contains none.
   *
   * @throws RampcheckError `log-without-steps` if neither the lines nor the hints give the step.
   */
  read(text: string, hints: LogHints): LoggedRate[];
}

/** Lines with their numbers. A carriage return, as progress bars write it, does not start a new line. */
export function numberedLines(text: string): [number, string][] {
  return text.split('\n').map((line, index) => [index + 1, line]);
}
