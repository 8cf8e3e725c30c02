import { Listr, type ListrTaskWrapper, ProcessOutput } from 'listr2';
import { plural } from '../plural.ts';
import type { RunReporter } from '../run/reporter.ts';
import { isFinal, ofEveryTraining, type Rank, type Run } from '../run/run.ts';
import { heldFor, type PlainOptions, plainReporter } from './plain.ts';

type Row = ListrTaskWrapper<unknown, never, never>;

interface Phase {
  title(run: Run): string;
  /** The title after the phase, if it differs. */
  over?(run: Run): string;
  /** Returns whether the phase is over. */
  done(run: Run): boolean;
}

const isProjected = (rank: Rank) => ofEveryTraining(rank, ({ projected }) => projected?.available);
const isReady = (rank: Rank) => ofEveryTraining(rank, ({ hold }) => hold);
/** Of several optimizers, the one that has come least far decides: the run is released when all have shown enough. */
const stepsShown = ({ trainings }: Rank) =>
  trainings.size > 0 ? Math.min(...[...trainings.values()].map(({ steps }) => steps)) : 0;

const projection: Phase = {
  title: ({ ranks }) => `projection of the whole schedule: ${count(ranks, isProjected)} of ${ranks.size}`,
  done: ({ ranks, state }) => state === 'released' || every(ranks, isReady),
};

// Only four rows: above eight, listr2 becomes very slow.
const phases: readonly Phase[] = [
  {
    title: ({ nodes }) => `start ${plural(nodes.length, 'node')}`,
    done: ({ state }) => state !== 'preparing' && state !== 'starting',
  },
  {
    title: (run) =>
      `ranks running: ${run.ranks.size} of ${run.worldSize ?? '?'}, waiting for the training to start${heldFor(run, 's')}`,
    over: ({ ranks }) => `ranks running: ${ranks.size}`,
    done: ({ ranks, worldSize }) =>
      ranks.size === worldSize && every(ranks, (rank) => ofEveryTraining(rank, ({ declared }) => declared)),
  },
  projection,
  {
    title: ({ ranks, hold }) =>
      `optimizer steps as expected: ${Math.min(...[...ranks.values()].map(stepsShown), hold ?? 0)} of ${hold ?? '?'}`,
    done: ({ state }) => state === 'released',
  },
];

/**
 * Shows a run as a few live rows while it is held, then the training's output. The rows use the terminal until release; lines that
 * arrive earlier are printed right after them. Updated at most ten times per second.
 */
export function rowsReporter(
  options: PlainOptions & { projection: boolean },
  stream: NodeJS.WriteStream,
): RunReporter & { close(): Promise<void> } {
  const plain = plainReporter(options);
  const waiting: (() => void)[] = [];
  const open: { phase: Phase; row: Row; resolve(): void; reject(error: Error): void }[] = [];
  let latest: Run | undefined;
  let over = false;
  let last = 0;

  const shown = options.projection ? phases : phases.filter((phase) => phase !== projection);
  const list = new Listr(
    shown.map((phase) => ({
      title: latest ? phase.title(latest) : ' ',
      task: (_: unknown, row: Row) =>
        new Promise<void>((resolve, reject) => {
          open.push({ phase, row, resolve, reject });
          if (latest) refresh(latest);
        }),
    })),
    {
      exitOnError: true,
      registerSignalListeners: false,
      rendererOptions: { collapseErrors: true, showErrorMessage: false, logger: undefined },
      processOutput: new ProcessOutput(stream, stream),
    } as never,
  );
  const finished = list
    .run()
    .then(
      () => {},
      () => {},
    )
    .then(() => {
      over = true;
      for (const print of waiting.splice(0)) print();
    });

  function refresh(run: Run): void {
    const current = open.at(-1);
    if (!current) return;
    const done = current.phase.done(run);
    current.row.title = (done && current.phase.over ? current.phase.over : current.phase.title)(run);
    if (done) current.resolve();
    else if (run.cause || isFinal(run.state)) current.reject(new Error('stopped'));
  }

  return {
    update(run) {
      latest = run;
      const now = Date.now();
      if (!over && (now - last > 100 || run.cause || run.state === 'released')) {
        last = now;
        refresh(run);
      }
    },
    line(node, rank, text) {
      if (over) plain.line(node, rank, text);
      else waiting.push(() => plain.line(node, rank, text));
    },
    notice(text) {
      if (over) plain.notice(text);
      else waiting.push(() => plain.notice(text));
    },
    async close() {
      if (!over) open.at(-1)?.reject(new Error('stopped'));
      await finished;
    },
  };
}

function every(
  ranks: Run['ranks'],
  test: (rank: NonNullable<ReturnType<Run['ranks']['get']>>) => boolean,
): boolean {
  return ranks.size > 0 && [...ranks.values()].every(test);
}

function count(
  ranks: Run['ranks'],
  test: (rank: NonNullable<ReturnType<Run['ranks']['get']>>) => unknown,
): number {
  return [...ranks.values()].filter(test).length;
}
