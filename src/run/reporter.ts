import type { Run } from './run.ts';

/** What a run shows while it goes on. Rendering is the reporter's business alone. */
export interface RunReporter {
  /** After every event that changed the run. */
  update(run: Run): void;
  line(node: string, rank: number | null, text: string): void;
  /** A sentence for the person who watches: a warning, "stopping, Ctrl-C again to kill". */
  notice(text: string): void;
}
