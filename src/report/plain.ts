import { plural } from '../plural.ts';
import { departureOf, departureWords } from '../run/departure.ts';
import type { RunReporter } from '../run/reporter.ts';
import { isFinal, ofEveryTraining, type Rank, type Run } from '../run/run.ts';
import { type FoldedLine, makeFolder, prefixOf } from './fold.ts';
import type { PrintLine } from './output.ts';

export interface PlainOptions {
  /** Where the training's lines go, or null to discard them. */
  output: PrintLine | null;
  /** Where rampcheck's own lines go. */
  say: (text: string) => void;
  /** Show the output of all ranks and launchers instead of only rank 0. */
  verbose: boolean;
  /** --ranks: the ranks to show; only rank 0 by default. */
  ranks?: readonly number[] | 'all' | undefined;
  /** Colours that distinguish nodes. */
  paintNode?: ((index: number, text: string) => string) | undefined;
}

/** Shows a run as plain lines, for pipes, log files and CI. Reports every change once. */
export function plainReporter({ output, say, ...options }: PlainOptions): RunReporter {
  let said = '';
  const show = output && lineShower(output, options);
  return {
    update(run) {
      if (isFinal(run.state)) show?.flush();
      const sentence = describe(run);
      if (sentence === said) return;
      said = sentence;
      say(`rampcheck: ${sentence}`);
    },
    line: (node, rank, text) => show?.line({ node, rank, text }),
    notice: (text) => say(`rampcheck: ${text}`),
  };
}

/** Lines of a single rank are printed unchanged. Lines of several ranks are prefixed with node and rank, and equal lines are printed once. */
function lineShower(
  output: PrintLine,
  { verbose, ranks = verbose ? 'all' : [0], paintNode }: Omit<PlainOptions, 'output' | 'say'>,
): ReturnType<typeof makeFolder> {
  const only = ranks !== 'all' && ranks.length === 1 ? ranks[0] : undefined;
  const nodes: string[] = [];
  const paint = (line: FoldedLine) => {
    const [first] = line.from;
    const prefix = prefixOf(line);
    if (!paintNode || !first || line.from.some(({ node }) => node !== first.node)) return prefix;
    if (!nodes.includes(first.node)) nodes.push(first.node);
    return paintNode(nodes.indexOf(first.node), prefix);
  };
  const folder = makeFolder((line) => output(`${paint(line)} ${line.text}`));
  return {
    line(line) {
      if (only !== undefined) {
        if (line.rank === only) output(line.text);
      } else if (line.rank === null ? verbose : ranks === 'all' || ranks.includes(line.rank))
        folder.line(line);
    },
    flush: folder.flush,
  };
}

/** How long the run has been held, in whole units from the first one on: " (3 min)". */
export function heldFor({ heldSince }: Run, unit: 'min' | 's'): string {
  const passed = heldSince === null ? 0 : (Date.now() - heldSince) / (unit === 'min' ? 60_000 : 1000);
  return passed < 1 ? '' : ` (${Math.floor(passed)} ${unit})`;
}

function releasedWords(run: Run): string {
  const departure = departureOf(run);
  return departure ? departureWords(departure) : 'the learning rate follows the schedule';
}

/** What of the future is known, now that every rank knows how many steps it will show. */
function projectionWords(ranks: readonly Rank[]): string {
  const made = ranks.filter((rank) => ofEveryTraining(rank, ({ projected }) => projected?.available)).length;
  if (made === ranks.length) return 'every rank has projected its schedule';
  return made === 0
    ? 'no schedule could be projected'
    : `${made} of ${ranks.length} ranks have projected their schedule`;
}

/** The state of the run in one sentence. It contains no number that changes with every step: that would flood the log. */
export function describe(run: Run): string {
  const ranks = [...run.ranks.values()];
  const ready = ranks.filter((rank) => ofEveryTraining(rank, ({ hold }) => hold)).length;
  switch (run.state) {
    case 'preparing':
    case 'starting':
      return `starting ${plural(run.nodes.length, 'node')}`;
    case 'holding':
      if (run.cause) return 'stopping all processes on all nodes';
      if (ranks.length < (run.worldSize ?? 1)) return `holding: ranks are starting`;
      if (ready < ranks.length)
        return `holding: ${plural(ranks.length, 'rank')} running, waiting for the training to start${heldFor(run, 'min')}`;
      return `holding: ${projectionWords(ranks)}; comparing the first ${run.hold === null ? 'optimizer steps' : plural(run.hold, 'optimizer step')}${heldFor(run, 'min')}`;
    case 'released':
      return run.cause ? 'stopping all processes on all nodes' : `released: ${releasedWords(run)}`;
    default:
      return run.state;
  }
}
