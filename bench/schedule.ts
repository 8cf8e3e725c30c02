/**
 * A curve of 1,000,000 steps per family, side by side with torch's LambdaLR stepping through transformers' cosine
 * in Python: both run in turn, and each repetition gives one ratio. Times are CPU time.
 *
 *     node_modules/.bin/node bench/schedule.ts [repetitions]
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { curve } from '../src/schedule/index.ts';
import type { CurveSpec } from '../src/schedule/schedule.ts';

const total = 1_000_000;
const warmup = total / 100;
const hf = { num_warmup_steps: warmup, num_training_steps: total };

const specs: readonly CurveSpec[] = [
  { lib: 'transformers', scheduler: 'cosine', params: hf, lr0: 1e-5 },
  { lib: 'transformers', scheduler: 'linear', params: hf, lr0: 1e-5 },
  { lib: 'transformers', scheduler: 'polynomial', params: { ...hf, power: 1.5 }, lr0: 1e-5 },
  {
    lib: 'deepspeed',
    scheduler: 'WarmupCosineLR',
    params: { warmup_num_steps: warmup, total_num_steps: total },
    lr0: 1e-5,
  },
  { lib: 'torch', scheduler: 'CosineAnnealingLR', params: { T_max: total }, lr0: 1e-5 },
  { lib: 'torch', scheduler: 'OneCycleLR', params: { max_lr: 1e-5, total_steps: total }, lr0: 1e-5 },
  {
    lib: 'accelerate',
    scheduler: 'AcceleratedScheduler',
    params: { scheduler: { lib: 'transformers', scheduler: 'cosine', params: hf }, num_processes: 1 },
    lr0: 1e-5,
  },
  {
    lib: 'megatron',
    scheduler: 'OptimizerParamScheduler/cosine',
    params: { train_iters: total, lr_warmup_iters: warmup, global_batch_size: 1024 },
    lr0: 1e-5,
  },
  {
    lib: 'nemo',
    scheduler: 'CosineAnnealing',
    params: { max_steps: total, warmup_steps: warmup },
    lr0: 1e-5,
  },
  {
    lib: 'torchtitan',
    scheduler: 'linear_warmup_stable_decay',
    params: { warmup_steps: warmup, training_steps: total, decay_type: 'cosine' },
    lr0: 1e-5,
  },
  { lib: 'torchtune', scheduler: 'get_cosine_schedule_with_warmup', params: hf, lr0: 1e-5 },
  {
    lib: 'composer',
    scheduler: 'CosineAnnealingWithWarmupScheduler',
    params: { t_warmup: `${warmup}ba`, max_duration: `${total}ba` },
    lr0: 1e-5,
  },
  {
    lib: 'lightning',
    scheduler: 'lr_scheduler_config',
    params: { scheduler: { scheduler: 'CosineAnnealingLR', params: { T_max: total } }, interval: 'step' },
    lr0: 1e-5,
  },
  { lib: 'axolotl', scheduler: 'get_cosine_schedule_with_quadratic_warmup', params: hf, lr0: 1e-5 },
  {
    lib: 'open-instruct',
    scheduler: 'linear',
    params: { num_training_steps: total, final_lr_ratio: 0.1 },
    lr0: 1e-5,
  },
];

const repetitions = Number(process.argv[2] ?? 5);
const python = startPython();
const measured = specs.map((spec) => ({ spec, milliseconds: [] as number[], ratios: [] as number[] }));
const yardstick: number[] = [];
for (const { spec } of measured) time(spec);
for (let repetition = 0; repetition < repetitions; repetition++) {
  for (const { spec, milliseconds, ratios } of measured) {
    const lambda = await python.step(20_000);
    const taken = time(spec);
    yardstick.push(lambda);
    milliseconds.push(taken);
    ratios.push((lambda * total) / 1e6 / taken);
  }
}
python.stop();

const rows = measured.map(({ spec, milliseconds, ratios }) => [
  `${spec.lib}:${spec.scheduler}`,
  `${spread(milliseconds, 0)} ms`,
  `${spread(
    milliseconds.map((ms) => (ms * 1e6) / total),
    0,
  )} ns`,
  `${spread(ratios, 0)} x`,
]);
const heads = ['schedule', '1,000,000 steps', 'one step', 'LambdaLR in Python / this'];
const widths = heads.map((head, column) =>
  Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
);
const lines = [heads, ...rows].map((row) =>
  row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd(),
);
process.stdout.write(
  `${lines.join('\n')}\nLambdaLR in Python: ${spread(yardstick, 0)} ns a step. CPU time, medians of ${repetitions}, with the smallest and the largest.\n`,
);

/** Milliseconds of CPU time for the whole curve, construction included: what others do on the machine stays out. */
function time(spec: CurveSpec): number {
  const start = process.cpuUsage();
  const lr = curve(spec);
  const values = new Float64Array(total);
  for (let step = 0; step < total; step++) values[step] = lr(step);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => (sorted[index] ?? 0).toFixed(digits);
  return `${at(Math.floor(sorted.length / 2))} (${at(0)} … ${at(sorted.length - 1)})`;
}

function startPython() {
  const interpreter =
    process.env.RAMPCHECK_TEST_PYTHON ?? fileURLToPath(new URL('../.venv/bin/python', import.meta.url));
  const child = spawn(interpreter, [fileURLToPath(new URL('lambda_lr.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** Nanoseconds per step over so many steps. */
    async step(steps: number): Promise<number> {
      child.stdin.write(`${steps}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('the Python side ended');
      return Number(value);
    },
    stop: () => child.stdin.end(),
  };
}
