import type { Run } from '../run/run.ts';
import type { RunReporter } from '../run/supervise.ts';
import type { PrintLine } from './output.ts';

export interface PlainOptions {
  /** Where the training's own lines go; null when nobody wants them. */
  output: PrintLine | null;
  /** rampcheck's own lines. */
  say: (text: string) => void;
  /** Every rank and the launchers, not rank 0 alone. */
  verbose: boolean;
}

/** A run as plain lines: for pipes, log files and CI. Says what changed, once. */
export function plainReporter({ output, say, verbose }: PlainOptions): RunReporter {
  let said = '';
  return {
    update(run) {
      const sentence = describe(run);
      if (sentence === said) return;
      said = sentence;
      say(`rampcheck: ${sentence}`);
    },
    line(node, rank, text) {
      if (!output || !(verbose || rank === 0)) return;
      output(verbose ? `[${node}:${rank ?? 'launcher'}] ${text}` : text);
    },
    notice: (text) => say(`rampcheck: ${text}`),
  };
}

/** How long the run has been held, in whole minutes and once a minute has passed: " (3 min)". */
export function heldFor({ heldSince }: Run, unit: 'min' | 's'): string {
  const passed = heldSince === null ? 0 : (Date.now() - heldSince) / (unit === 'min' ? 60_000 : 1000);
  return passed < 1 ? '' : ` (${Math.floor(passed)} ${unit})`;
}

/** The run in one sentence. Numbers that change with every step are left out: a line each would drown the log. */
export function describe(run: Run): string {
  const ranks = [...run.ranks.values()];
  const projected = ranks.filter(({ projected: of }) => of).length;
  switch (run.state) {
    case 'preparing':
    case 'starting':
      return `starting ${run.nodes.length} node${run.nodes.length === 1 ? '' : 's'}`;
    case 'holding':
      if (run.cause) return 'stopping every process on every node';
      if (ranks.length < (run.worldSize ?? 1)) return `holding: ranks are starting`;
      if (projected < ranks.length)
        return `holding: ${ranks.length} ranks run, waiting for their training to begin${heldFor(run, 'min')}`;
      return `holding: every projection has been made, watching the first ${run.hold ?? ''} optimizer steps${heldFor(run, 'min')}`;
    case 'released':
      return run.cause
        ? 'stopping every process on every node'
        : 'released: the learning rate follows the schedule';
    default:
      return run.state;
  }
}
