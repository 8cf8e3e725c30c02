import { departureOf, departureWords } from '../run/departure.ts';
import type { RunReporter } from '../run/reporter.ts';
import { isFinal, ofEveryTraining, type Run } from '../run/run.ts';
import { type FoldedLine, makeFolder, prefixOf } from './fold.ts';
import type { PrintLine } from './output.ts';

export interface PlainOptions {
  /** Where the training's own lines go; null when nobody wants them. */
  output: PrintLine | null;
  /** rampcheck's own lines. */
  say: (text: string) => void;
  /** Every rank and the launchers, not rank 0 alone. */
  verbose: boolean;
  /** --ranks: whose lines are shown; rank 0 alone without it. */
  ranks?: readonly number[] | 'all' | undefined;
  /** Colours that tell nodes apart. */
  paintNode?: ((index: number, text: string) => string) | undefined;
}

/** A run as plain lines: for pipes, log files and CI. Says what changed, once. */
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

/** Lines of one rank pass as they are; those of several are told apart by node and rank, and the same line is shown once. */
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

/** How long the run has been held, in whole minutes and once a minute has passed: " (3 min)". */
export function heldFor({ heldSince }: Run, unit: 'min' | 's'): string {
  const passed = heldSince === null ? 0 : (Date.now() - heldSince) / (unit === 'min' ? 60_000 : 1000);
  return passed < 1 ? '' : ` (${Math.floor(passed)} ${unit})`;
}

function releasedWords(run: Run): string {
  const departure = departureOf(run);
  return departure ? departureWords(departure) : 'the learning rate follows the schedule';
}

/** The run in one sentence. Numbers that change with every step are left out: a line each would drown the log. */
export function describe(run: Run): string {
  const ranks = [...run.ranks.values()];
  const projected = ranks.filter((rank) => ofEveryTraining(rank, (training) => training.projected)).length;
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
      return run.cause ? 'stopping every process on every node' : `released: ${releasedWords(run)}`;
    default:
      return run.state;
  }
}
