/** No command and no config makes the readers fail in a way that is not a message: 10,000 vectors, and files cut and changed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkJob } from '../../src/checks/index.ts';
import { run } from '../../src/cli/run.ts';
import { RampcheckError } from '../../src/errors.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { readJob } from '../../src/read/read-job.ts';
import { folderWith } from '../support/job.ts';

const seed = Number(process.env.RAMPCHECK_SEED ?? Date.now() % 2 ** 31);

const config = JSON.stringify(
  {
    train_micro_batch_size_per_gpu: 'auto',
    optimizer: { type: 'AdamW', params: { lr: 'auto', betas: [0.9, 0.95] } },
    scheduler: {
      type: 'WarmupDecayLR',
      params: { total_num_steps: 'auto', warmup_num_steps: 10, warmup_type: 'log' },
    },
    zero_optimization: { stage: 3 },
    fp16: { enabled: false },
  },
  null,
  2,
);
const yaml =
  'learning_rate: 1e-4\nlr_scheduler_type: cosine\nlr_scheduler: cosine\nwarmup_ratio: 0.1\nmax_steps: 20\ndeepspeed: ds.json\nlr_scheduler_kwargs:\n  num_cycles: 0.5\nmicro_batch_size: 2\n';
const accelerate =
  'compute_environment: LOCAL_MACHINE\ndistributed_type: DEEPSPEED\nnum_machines: 2\nnum_processes: 16\ndeepspeed_config:\n  deepspeed_config_file: ds.json\n  deepspeed_hostfile: hosts\n';
const hosts = 'worker-0 slots=8\nworker-1 slots=8\n';
const files = { 'ds.json': config, 'a.yaml': yaml, 'acc.yaml': accelerate, hosts };

const launcher = fc.constantFrom(
  ['deepspeed'],
  ['deepspeed', '--hostfile', 'hosts'],
  ['torchrun'],
  ['torchrun', '--nproc-per-node', '2'],
  ['python', '-m', 'torch.distributed.run'],
  ['accelerate', 'launch'],
  ['accelerate', 'launch', '--config_file', 'acc.yaml'],
  ['llamafactory-cli', 'train'],
  ['swift', 'sft'],
  ['axolotl', 'train'],
  ['python'],
  ['X=1', 'deepspeed'],
);
const word = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'train.py',
      'a.yaml',
      'ds.json',
      'acc.yaml',
      'hosts',
      '--',
      '-m',
      '-q',
      '-1',
      '1e-5',
      '0',
      'cosine',
      'True',
      '{"min_lr": 1}',
      '=',
      'k=v',
      'learning_rate=x',
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '--deepspeed',
      '--deepspeed=ds.json',
      '--learning_rate',
      '--learning_rate=1e-5',
      '--lr_scheduler_type',
      '--lr_scheduler_type=cosine',
      '--lr_scheduler_kwargs',
      '--warmup_steps',
      '--warmup_ratio',
      '--max_steps',
      '--num_train_epochs=0.5',
      '--per_device_train_batch_size',
      '--nnodes',
      '--nnodes=2:4',
      '--nproc_per_node=gpu',
      '--num_gpus',
      '--hostfile',
      '--hostfile=',
      '--include',
      '--include=worker-0:1',
      '--num_processes=3',
      '--num_machines=2',
      '--rdzv-endpoint',
      '--rdzv_endpoint=h:0',
      '--standalone',
      '--module',
      '--bf16',
      '--launcher',
      '--resume_from_checkpoint',
      '--output_dir=.',
      '--config',
      '--config=a.yaml',
      '--fp16=maybe',
      '--num_processes=-1',
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 4 }).map((text) => `--${text}`) },
);
const vector = fc
  .tuple(launcher, fc.array(word, { maxLength: 8 }))
  .map(([program, words]) => [...program, ...words]);

/** What a person sees is a finding, a plan, or a message with a code. */
function readAll(argv: readonly string[], cwd: string, samples: number | undefined): void {
  try {
    const job = readJob({
      argv,
      cwd,
      env: { NNODES: '2' },
      options: { samples, nodes: argv.length % 3 === 0 ? 2 : undefined },
    });
    checkJob(job);
    makePlan(job);
  } catch (error) {
    if (!(error instanceof RampcheckError)) throw error;
    expect(error.code).toMatch(/^[a-z-]+$/);
  }
}

test(`10,000 argument vectors (seed ${seed})`, { timeout: 120_000 }, () => {
  const cwd = folderWith(files);
  let read = 0;
  fc.assert(
    fc.property(vector, fc.option(fc.nat(50), { nil: undefined }), (argv, samples) => {
      readAll(argv, cwd, samples);
      read++;
    }),
    { seed, numRuns: 10_000 },
  );
  expect(read).toBeGreaterThanOrEqual(10_000);
});

const commands = {
  'ds.json': [
    'torchrun',
    '--nproc-per-node',
    '2',
    'train.py',
    '--deepspeed',
    'ds.json',
    '--lr_scheduler_type',
    'linear',
    '--max_steps',
    '20',
  ],
  'a.yaml': ['torchrun', 'train.py', 'a.yaml'],
  'acc.yaml': ['accelerate', 'launch', '--config_file', 'acc.yaml', 'train.py'],
  hosts: ['deepspeed', '--hostfile', 'hosts', 'train.py'],
} as const;

test.each(Object.keys(commands) as (keyof typeof commands)[])(
  `%s, cut and changed (seed ${seed})`,
  { timeout: 120_000 },
  (file) => {
    const cwd = folderWith(files);
    const text = files[file];
    const piece = fc.constantFrom(
      '',
      ',',
      '"',
      '{',
      '}',
      '[',
      ']',
      ':',
      '\n',
      '  ',
      '\t',
      '- ',
      '&a ',
      '*a',
      '<<: *a',
      '!!x ',
      '|',
      '%',
      'null',
      '-1',
      '1e999',
      '0',
      'true',
      '\u0000',
      '\ufeff',
      'é',
      '\ud800',
    );
    const changed = fc
      .array(fc.tuple(fc.nat(text.length), fc.nat(12), piece), { minLength: 1, maxLength: 4 })
      .map((edits) =>
        edits.reduce((all, [at, length, more]) => all.slice(0, at) + more + all.slice(at + length), text),
      );
    const cut = fc.nat(text.length).map((at) => text.slice(0, at));
    fc.assert(
      fc.property(fc.oneof(cut, changed), (broken) => {
        writeFileSync(join(cwd, file), broken);
        for (const argv of [
          commands[file],
          ['llamafactory-cli', 'train', 'a.yaml'],
          ['axolotl', 'train', 'a.yaml'],
        ])
          readAll(argv, cwd, 40);
      }),
      { seed, numRuns: 1000 },
    );
  },
);

test('the command line shows no stack', { timeout: 120_000 }, async () => {
  const cwd = folderWith(files);
  const lines = fc.sample(fc.tuple(fc.constantFrom('check', 'plan', 'fix'), vector), { seed, numRuns: 300 });
  for (const [name, argv] of lines) {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const context = { cwd, env: {}, stdout, stderr, interactive: false, color: false, columns: 80 };
    const exitCode = await run([name, '--', ...argv], '0', context);
    const said = `${String(stdout.read() ?? '')}${String(stderr.read() ?? '')}`;
    expect(said, argv.join(' ')).not.toMatch(/this is a bug in rampcheck|\n\s+at .*\.ts:/);
    expect([0, 2, 93], said).toContain(exitCode);
  }
});
