import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { type Environment, root, runCli, scratch, trainingEnv } from '../support/cli.ts';
import { freePort } from '../support/port.ts';

/** Logs that the real libraries write, read back by the real command line. */
const python = (environment: Environment) => join(root, environment, 'bin', 'python');
const cosine = 'transformers:cosine lr=1e-5 warmup=4 total=40';
const scheduled =
  '--learning_rate 1e-5 --lr_scheduler_type cosine --warmup_steps 4 --max_steps 40 --logging_steps 5'.split(
    ' ',
  );

/** A Trainer's run of 40 steps in a folder of its own: what it printed, and its checkpoint. */
async function train(environment: Environment, more: Record<string, unknown> = {}): Promise<string> {
  const folder = scratch();
  const args = {
    output_dir: join(folder, 'out'),
    learning_rate: 1e-5,
    lr_scheduler_type: 'cosine',
    warmup_steps: 4,
    max_steps: 40,
    logging_steps: 5,
    save_steps: 40,
    per_device_train_batch_size: 1,
    ...more,
  };
  const { all } = await execa(
    python(environment),
    [join(root, 'test/logs/trainer.py'), JSON.stringify(args), '40'],
    { all: true, env: { HF_HUB_OFFLINE: '1' } },
  );
  writeFileSync(join(folder, 'train.log'), all);
  writeFileSync(join(folder, 'train.py'), '');
  return folder;
}

const verify = (cwd: string, ...words: string[]) => runCli(['verify', ...words], { cwd });

test.for<[Environment, boolean]>([
  ['.venv', false],
  ['.venv-tf457', true],
])(
  'the Trainer of %s: its output and its checkpoint',
  { timeout: 120_000 },
  async ([environment, digits]) => {
    const cwd = await train(environment);
    const json = await verify(cwd, 'train.log', '--json', '--', 'torchrun', 'train.py', ...scheduled);
    expect(json.exitCode, json.all).toBe(0);
    const report = JSON.parse(json.stdout);
    expect(report).toMatchObject({
      outcome: 'agrees',
      shown: 'used',
      compared: 8,
      steps: [4, 39],
      expected: { name: 'transformers:cosine', total: 40 },
      logs: [{ file: 'train.log', rates: 8 }],
    });
    // Four digits are printed by one, all of them by the other.
    if (digits) expect(report.deviation).toBe(0);
    else expect(report.deviation).toBeGreaterThan(0);

    for (const path of ['out', 'out/checkpoint-40', 'out/checkpoint-40/trainer_state.json']) {
      const { exitCode, stdout } = await verify(cwd, path, '--expect', cosine);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^AGREES 8 learning rates follow transformers:cosine, steps 4 to 39 of 40/);
      expect(stdout).toMatch(/deviation {2}0 at most/);
    }

    const other = await verify(
      cwd,
      'train.log',
      '--logging-steps',
      '5',
      '--expect',
      cosine.replace('cosine', 'linear'),
    );
    expect(other.exitCode).toBe(93);
    const line = other.stdout.match(/train\.log:(\d+): expected 8\.61e-6, logged 9\.53e-6/)?.[1];
    expect(other.stdout).toContain('the log leaves transformers:linear at step 9');
    expect(Number(line)).toBeGreaterThan(0);
  },
);

test('lines that do not say their step are not guessed', { timeout: 60_000 }, async () => {
  const cwd = await train('.venv', { logging_first_step: true });
  const refused = await verify(cwd, 'train.log', '--expect', cosine);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('[log-without-steps]');
  expect(refused.stderr).toContain('--logging-steps N');
  // The first of these lines stands behind step 1.
  const words = ['--', 'torchrun', 'train.py', ...scheduled, '--logging_first_step', 'True'];
  const { exitCode, stdout } = await verify(cwd, 'train.log', ...words);
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toContain('9 learning rates follow transformers:cosine, steps 0 to 39 of 40');
  // Said not to be there, it is taken for the fifth step, and all that follow for later ones than they are.
  const not = await verify(cwd, 'train.log', ...words.with(-1, 'False'));
  expect(not.exitCode).toBe(94);
  expect(not.stdout.replace(/\s+/g, ' ')).toContain('follows the expected curve 5 steps late');
});

test('a scheduler of the DeepSpeed config is named when the log follows it', {
  timeout: 120_000,
}, async () => {
  const cwd = scratch();
  const scheduler = { type: 'WarmupLR', params: { warmup_max_lr: 1e-3, warmup_num_steps: 20 } };
  const optimizer = { type: 'Adam', params: { lr: 1e-3, torch_adam: true } };
  const config = { train_batch_size: 1, steps_per_print: 5, optimizer, scheduler };
  const { all } = await execa(
    python('.venv'),
    [join(root, 'test/logs/deepspeed_loop.py'), JSON.stringify(config)],
    {
      all: true,
      env: {
        ...trainingEnv(),
        RANK: '0',
        LOCAL_RANK: '0',
        WORLD_SIZE: '1',
        MASTER_ADDR: '127.0.0.1',
        MASTER_PORT: String(await freePort()),
      },
    },
  );
  writeFileSync(join(cwd, 'train.log'), all);
  writeFileSync(join(cwd, 'train.py'), '');
  writeFileSync(join(cwd, 'ds.json'), JSON.stringify(config));
  const own = 'deepspeed:WarmupLR lr=1e-3 warmup_max_lr=1e-3 warmup_num_steps=20 total=40';
  const agreed = await verify(cwd, 'train.log', '--expect', own);
  expect(agreed.exitCode, agreed.all).toBe(0);
  expect(agreed.stdout).toContain('the learning rate of the step after the reported one');

  const asked = '--deepspeed ds.json --learning_rate 1e-3 --lr_scheduler_type cosine --max_steps 40'.split(
    ' ',
  );
  const { exitCode, stdout } = await verify(cwd, 'train.log', '--', 'deepspeed', 'train.py', ...asked);
  expect(exitCode).toBe(93);
  const line = stdout.replace(/\s+/g, ' ');
  expect(line).toContain(
    "the log follows deepspeed:WarmupLR, which replaces it because of the command's files",
  );
});

test("Lightning's metrics", { timeout: 120_000 }, async () => {
  const cwd = scratch();
  await execa(python('.venv-frameworks'), [join(root, 'test/logs/lightning_run.py'), cwd]);
  const expected = 'torch:CosineAnnealingLR lr=1e-3 T_max=40 total=40';
  const { exitCode, stdout } = await verify(cwd, 'metrics.csv', '--expect', expected);
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toContain('8 learning rates follow torch:CosineAnnealingLR, steps 4 to 39 of 40');
});

test.for([
  ['log-unreadable', ['gone.log', '--expect', cosine]],
  ['log-unreadable', ['.', '--expect', cosine]],
  ['log-without-rates', ['train.py', '--expect', cosine]],
  ['no-expectation', ['train.py']],
  ['no-curve', ['train.py', '--', 'torchrun', 'train.py', '--lr_scheduler_type', 'cosine']],
] as const)('%s', async ([code, words]) => {
  const cwd = scratch();
  writeFileSync(join(cwd, 'train.py'), 'print(1)\n');
  const { exitCode, stderr } = await verify(cwd, ...words);
  expect(stderr).toContain(`[${code}]`);
  expect(exitCode).toBe(2);
});
