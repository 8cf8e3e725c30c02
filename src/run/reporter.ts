import type { Run } from './run.ts';

/** Shows a run while it is supervised. Only the reporter renders output. */
export interface RunReporter {
  /** After every event that changed the run. */
  update(run: Run): void;
  line(node: string, rank: number | null, text: string): void;
  /** Prints a sentence for the user: a warning, "stopping, Ctrl-C again to kill". */
  notice(text: string): void;
}
