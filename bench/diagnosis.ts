/**
 * What a diagnosis costs that tries every failure mode and finds none, in a run of 1,000,000 optimizer steps: the launcher stands
 * still for so long. CPU time; the first one of each is not counted (the code is not compiled yet).
 *
 *     node_modules/.bin/node bench/diagnosis.ts [repetitions]
 */
import { join } from 'node:path';
import { diagnose, EVALUATIONS } from '../src/diagnosis/index.ts';
import { readJob } from '../src/read/read-job.ts';
import { libraryVariations } from '../src/schedule/index.ts';
import type { CurveSpec } from '../src/schedule/schedule.ts';
import { type Situation, told } from '../test/diagnosis/situation.ts';

const total = 1_000_000;
const hf = { num_warmup_steps: total / 500, num_training_steps: total };
const specs: readonly CurveSpec[] = [
  { lib: 'transformers', scheduler: 'linear', params: hf, lr0: 1e-4 },
  { lib: 'transformers', scheduler: 'cosine', params: hf, lr0: 1e-4 },
  {
    lib: 'transformers',
    scheduler: 'warmup_stable_decay',
    params: { ...hf, num_decay_steps: total / 10 },
    lr0: 1e-4,
  },
  {
    lib: 'deepspeed',
    scheduler: 'WarmupCosineLR',
    params: { warmup_num_steps: total / 500, total_num_steps: total },
    lr0: 1e-4,
  },
  { lib: 'torch', scheduler: 'CosineAnnealingLR', params: { T_max: total }, lr0: 1e-4 },
];
const repetitions = Number(process.argv[2] ?? 9);
const job = readJob({
  argv: ['torchrun', 'train.py'],
  cwd: join(import.meta.dirname, '../test/fixtures/training'),
  env: {},
  options: {},
});

process.stdout.write(
  'diagnosis                                   CPU ms (least, median, most)   values computed\n',
);
for (const asked of specs) {
  const lr = libraryVariations(asked)({});
  const actual = (step: number) => lr(step) * (1 + 0.1 * Math.sin(step * step));
  for (const [place, more] of Object.entries<Partial<Situation>>({
    'from the start': {},
    'resumed half way': { start: total / 2 },
  })) {
    const facts = told({ asked, total, actual, ...more }, job);
    const times = Array.from({ length: repetitions + 1 }, () => time(() => diagnose(facts))).slice(1);
    times.sort((a, b) => a - b);
    const budget = { left: EVALUATIONS };
    diagnose(facts, budget);
    const [least = 0, median = 0, most = 0] = [times[0], times[times.length >> 1], times.at(-1)];
    const name = `${asked.lib}:${asked.scheduler}, ${place}`.padEnd(52);
    const ms = [least, median, most].map((value) => value.toFixed(1).padStart(6)).join(' ');
    process.stdout.write(`${name}${ms}   ${String(EVALUATIONS - budget.left).padStart(8)}\n`);
  }
}

function time(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
