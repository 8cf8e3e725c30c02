/**
 * Wall time of `rampcheck check` and `plan` on the command that this project exists for, beside `deepspeed --help` and an empty
 * Node: all of them in turn, and each repetition gives one ratio.
 *
 *     node_modules/.bin/node bench/check.ts [repetitions]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const main = join(root, 'src', 'cli', 'bin.mjs');
const seed = (
  '--hostfile ../../../hostfiles/8x8-h100 --samples 100000 -- deepspeed finetune.py --model_name_or_path Qwen/Qwen2-72B ' +
  '--deepspeed ds_config_zero3.json --learning_rate 1e-5 --lr_scheduler_type cosine --warmup_ratio 0.01 ' +
  '--per_device_train_batch_size 2 --gradient_accumulation_steps 2 --num_train_epochs 3'
).split(' ');

const programs: readonly { name: string; argv: readonly string[]; exit: number }[] = [
  { name: 'rampcheck check', argv: [process.execPath, main, 'check', ...seed], exit: 93 },
  { name: 'rampcheck plan', argv: [process.execPath, main, 'plan', ...seed], exit: 0 },
  { name: 'node -e 0', argv: [process.execPath, '-e', '0'], exit: 0 },
  { name: 'deepspeed --help', argv: [join(root, '.venv', 'bin', 'deepspeed'), '--help'], exit: 0 },
];

const repetitions = Number(process.argv[2] ?? 7);
// The first round fills the file caches, and Node's own.
for (const { argv, exit } of programs) time(argv, exit);
const taken = programs.map((): number[] => []);
for (let repetition = 0; repetition < repetitions; repetition++) {
  programs.forEach(({ argv, exit }, at) => {
    taken[at]?.push(time(argv, exit));
  });
}
const yardstick = taken.at(-1) ?? [];
const rows = programs.map(({ name }, at) => {
  const times = taken[at] ?? [];
  const ratios = times.map((seconds, repetition) => (yardstick[repetition] ?? 0) / seconds);
  return `${name.padEnd(18)} ${spread(times, 3).padEnd(26)} s   ${at === programs.length - 1 ? '' : `1/${spread(ratios, 1)} of deepspeed --help`}`;
});
process.stdout.write(
  `${rows.map((row) => row.trimEnd()).join('\n')}\nWall time, medians of ${repetitions}, with the smallest and the largest.\n`,
);

function time([program = '', ...args]: readonly string[], exit: number): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, {
    cwd: join(root, 'test', 'fixtures', 'seed'),
    env: { ...process.env, DS_ACCELERATOR: 'cpu' },
    encoding: 'utf8',
  });
  if (status !== exit) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return (performance.now() - start) / 1000;
}

function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => (sorted[index] ?? 0).toFixed(digits);
  return `${at(Math.floor(sorted.length / 2))} (${at(0)} … ${at(sorted.length - 1)})`;
}
