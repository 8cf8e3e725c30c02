/**
 * What the callback costs a rank, side by side with the same process unwatched: CPU time per optimizer step with two parameter
 * groups, start-up, and memory. Each repetition runs both in turn and gives one difference and one ratio.
 *
 *     node_modules/.bin/node bench/callback.ts [repetitions]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = fileURLToPath(new URL('..', import.meta.url));
const python = process.env.RAMPCHECK_TEST_PYTHON ?? join(root, '.venv/bin/python');
const repetitions = Number(process.argv[2] ?? 5);
const STEPS = 10_000;
/** A curve as long as the loop's scheduler is made for is a large file; what is compared is as long as the loop. */
const lrs = Array.from({ length: STEPS + 1000 }, (_, step) =>
  step < 1000 ? 1e-3 * (step / 1000) : 1e-3 * ((1_000_000 - step) / (1_000_000 - 1000)),
);

type Watch = 'bare' | 'held' | 'released';

const directory = mkdtempSync(join(tmpdir(), 'rampcheck-bench-'));
const events = { released: 0 };
writeFileSync(join(directory, 'settings.json'), JSON.stringify({ expect: [{ lrs }], on_mismatch: 'abort' }));
let releases = false;
const agent = await listen();

const step: Record<Watch, number[]> = { bare: [], held: [], released: [] };
const memory: Record<Watch, number[]> = { bare: [], held: [], released: [] };
const real: number[] = [];
const startup: Record<'bare' | 'watched', number[]> = { bare: [], watched: [] };
for (let repetition = 0; repetition < repetitions; repetition++) {
  for (const watch of ['bare', 'held', 'released'] as const) {
    const words = [join(root, 'bench/callback.py'), `${STEPS}`, ...(watch === 'bare' ? ['--real'] : [])];
    const { stdout } = await run(watch, words);
    const [update = 0, whole = 0, kilobytes = 0] = stdout.trim().split(' ').map(Number);
    step[watch].push(update / 1000);
    memory[watch].push(kilobytes / 1024);
    if (watch === 'bare') real.push(whole / 1000);
  }
  for (const watch of ['bare', 'watched'] as const) {
    const script =
      'from transformers import Trainer; import os; t = os.times(); print(t.user + t.system, flush=True); os._exit(0)';
    const { stdout } = await run(watch === 'bare' ? 'bare' : 'held', ['-c', script]);
    startup[watch].push(Number(stdout.trim().split('\n').at(-1)));
  }
}
agent.close();
rmSync(directory, { recursive: true, force: true });

const less = (these: number[], others: number[]) => these.map((value, index) => value - (others[index] ?? 0));
const share = (these: number[], others: number[]) =>
  these.map((value, index) => value / (others[index] ?? 1));
const added = { held: less(step.held, step.bare), released: less(step.released, step.bare) };
const rows = [
  ['bare update (SGD, 2 groups, LambdaLR)', `${spread(step.bare, 1)} µs`, ''],
  [
    'added to an update, after release',
    `${spread(added.released, 1)} µs`,
    `${spread(share(step.released, step.bare), 2)} x`,
  ],
  [
    'added to an update, while held',
    `${spread(added.held, 1)} µs`,
    `${spread(share(step.held, step.bare), 2)} x`,
  ],
  [
    '… after release, of a real update',
    `${spread(
      share(added.released, real).map((part) => 100 * part),
      3,
    )} %`,
    '',
  ],
  ['start-up (importing the Trainer)', `${spread(startup.bare, 2)} s`, ''],
  [
    'added to start-up',
    `${spread(less(startup.watched, startup.bare), 3)} s`,
    `${spread(share(startup.watched, startup.bare), 3)} x`,
  ],
  [
    'added memory',
    `${spread(less(memory.released, memory.bare), 1)} MB`,
    `${spread(share(memory.released, memory.bare), 3)} x`,
  ],
];
const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
const lines = rows.map((row) =>
  row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd(),
);
process.stdout.write(
  `${lines.join('\n')}\nCPU time of the whole process; medians of ${repetitions}, with the smallest and the largest. A real update is one ` +
    `layer of a transformer on one core (${spread(real, 0)} µs). ${events.released} ranks were released.\n`,
);

/** An agent that hears a rank and, in turn, releases it at once. */
async function listen(): Promise<Server> {
  const server = createServer((rank) => {
    rank.on('error', () => {});
    rank.once('data', () => {
      if (!releases) return;
      events.released++;
      rank.write('{"type": "released"}\n');
    });
    rank.resume();
  });
  await new Promise<void>((resolve) => server.listen(join(directory, 'sock'), resolve));
  return server;
}

async function run(watch: Watch, words: string[]) {
  releases = watch === 'released';
  const rank = {
    RANK: '0',
    WORLD_SIZE: '1',
    RAMPCHECK_DIR: directory,
    PYTHONPATH: join(root, 'src/node/inject'),
  };
  return execa(python, words, {
    env: { OMP_NUM_THREADS: '1', CUDA_VISIBLE_DEVICES: '', ...(watch === 'bare' ? {} : rank) },
  });
}

function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => (sorted[index] ?? 0).toFixed(digits);
  return `${at(Math.floor(sorted.length / 2))} (${at(0)} … ${at(sorted.length - 1)})`;
}
