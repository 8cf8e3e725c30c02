import {
  chmodSync,
  copyFileSync,
  lstatSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeRepairs } from '../../src/files/repair.ts';
import type { Verdict } from '../../src/run/verdict.ts';
import { fixtures, readJson, root, runCli, scratch, trainingEnv } from '../support/cli.ts';
import { folderWith } from '../support/job.ts';

const seed = readFileSync(join(fixtures, 'seed', 'ds_config_zero3.json'), 'utf8');
const command = (config = 'ds.json') =>
  `torchrun --nproc-per-node 2 train.py --deepspeed ${config} --learning_rate 1e-5 --lr_scheduler_type cosine --max_steps 100`.split(
    ' ',
  );

test('without a remedy both are shown, and nothing is written', async () => {
  const cwd = folderWith({ 'ds.json': seed });
  const { exitCode, stdout } = await runCli(['fix', '--', ...command()], { cwd });
  expect(exitCode).toBe(0);
  expect(stdout.match(/^# --remedy \w+/gm)).toEqual(['# --remedy trainer', '# --remedy deepspeed']);
  expect(stdout).toContain('+    "type": "WarmupCosineLR",');
  expect(readFileSync(join(cwd, 'ds.json'), 'utf8')).toBe(seed);
});

test.each([
  ['trainer', 0],
  ['deepspeed', 0],
])('after --write with --remedy %s, check finds no violation', async (remedy, code) => {
  const cwd = folderWith({ 'ds.json': seed.replaceAll('\n', '\r\n') });
  chmodSync(join(cwd, 'ds.json'), 0o640);
  const fixed = await runCli(['fix', '--remedy', remedy, '--write', '--', ...command()], { cwd });
  expect(fixed.all).toContain('written: ds.json');
  expect(fixed.exitCode).toBe(code);
  const { exitCode, stdout } = await runCli(['check', '--', ...command()], { cwd });
  expect(exitCode, stdout).toBe(0);
  const after = readFileSync(join(cwd, 'ds.json'), 'utf8');
  // What is not the scheduler is the same to the byte.
  const rest = (text: string) => text.replace(/ {2}"scheduler": \{[\s\S]*?\r\n {2}\},\r\n/, '');
  expect(rest(after)).toBe(rest(seed.replaceAll('\n', '\r\n')));
  expect(statSync(join(cwd, 'ds.json')).mode & 0o777).toBe(0o640);
});

const decayed = (config = 'ds.json') => [...command(config), '--weight_decay', '0.01'];

test.each([
  ['trainer', 'nothing'],
  ['deepspeed', 'every value comes one step late'],
])(
  'with a weight decay, --remedy %s takes the optimizer block away too, and says what it leaves',
  async (remedy, leaves) => {
    const cwd = folderWith({ 'ds.json': seed });
    const { exitCode, stdout, stderr } = await runCli(['fix', '--remedy', remedy, '--', ...decayed()], {
      cwd,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('-  "optimizer": {');
    expect(stdout).not.toContain('leaves');
    expect(stderr.replace(/\s*rampcheck:\s+/g, ' ')).toContain('leaves changed: ');
    expect(stderr.replace(/\s*\n(rampcheck:)?\s*/g, ' ')).toContain(leaves);
    const document = JSON.parse((await runCli(['fix', '--json', '--', ...decayed()], { cwd })).stdout) as {
      remedies: { remedy: string; leaves: string[] }[];
    };
    const left = document.remedies.find(({ remedy: name }) => name === remedy)?.leaves ?? ['?'];
    expect(left.join(' ')).toContain(leaves === 'nothing' ? '' : leaves);
    expect(left).toHaveLength(leaves === 'nothing' ? 0 : 1);
  },
);

test('an optimizer block with values of its own stays, and what it changes is said', async () => {
  const own = seed.replace('"eps": "auto"', '"eps": 1e-6');
  const cwd = folderWith({ 'ds.json': own });
  const { stdout, stderr } = await runCli(['fix', '--remedy', 'trainer', '--', ...decayed()], { cwd });
  expect(stdout).not.toContain('-  "optimizer": {');
  expect(stderr.replace(/\s*\n(rampcheck:)?\s*/g, ' ')).toContain(
    'norms and biases are decayed with 0.01 too',
  );
});

test('a link stays a link', async () => {
  const cwd = folderWith({ 'real.json': seed });
  symlinkSync('real.json', join(cwd, 'ds.json'));
  await runCli(['fix', '--write', '--', ...command()], { cwd });
  expect(lstatSync(join(cwd, 'ds.json')).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(cwd, 'real.json'), 'utf8')).not.toContain('scheduler');
});

test('a file that changed since it was read is left alone, and so is every other one', () => {
  const cwd = folderWith({ 'one.json': '{"a": 1}', 'two.json': '{"b": 2}' });
  const repairs = ['one.json', 'two.json'].map((file) => ({
    file,
    before: readFileSync(join(cwd, file), 'utf8'),
    after: '{}',
  }));
  writeFileSync(join(cwd, 'two.json'), '{"b": 3}');
  expect(() => writeRepairs(cwd, repairs)).toThrow(
    expect.objectContaining({ code: 'file-changed' }) as Error,
  );
  expect(readFileSync(join(cwd, 'one.json'), 'utf8')).toBe('{"a": 1}');
});

test('a schedule that DeepSpeed does not have has one remedy', async () => {
  const cwd = folderWith({ 'ds.json': seed });
  const words = command().map((word) => (word === 'cosine' ? 'inverse_sqrt' : word));
  const { exitCode, stderr } = await runCli(['fix', '--remedy', 'deepspeed', '--', ...words], { cwd });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('[no-remedy]');
});

test('numbers of other rules are edited too, in JSON and in YAML', async () => {
  const cwd = folderWith({
    'args.yaml': '# ours\nlearning_rate: 1e-4   # too high?\ndeepspeed: ds.json\n',
    'ds.json':
      '{"train_batch_size": "auto", "zero_optimization": {"stage": 2}, "optimizer": {"type": "AdamW", "params": {"lr": "1e-4"}}}\n',
  });
  const { exitCode, all } = await runCli(['fix', '--write', '--', 'torchrun', 'train.py', 'args.yaml'], {
    cwd,
  });
  expect(exitCode, all).toBe(0);
  expect(readFileSync(join(cwd, 'args.yaml'), 'utf8')).toBe(
    '# ours\nlearning_rate: 0.0001   # too high?\ndeepspeed: ds.json\n',
  );
  expect(readFileSync(join(cwd, 'ds.json'), 'utf8')).toBe(
    '{"train_batch_size": "auto", "zero_optimization": {"stage": 2}, "optimizer": {"type": "AdamW", "params": {"lr": "auto"}}}\n',
  );
});

test('what was fixed is released: a real run on two ranks', { timeout: 240_000 }, async () => {
  const directory = scratch();
  const config = join(directory, 'ds.json');
  copyFileSync(join(root, 'scripts', 'demo', 'ds_zero3_warmuplr.json'), config);
  const words = [
    ...`torchrun --nproc-per-node 2 scripts/demo/finetune.py --output_dir ${join(directory, 'out')} --deepspeed ${config}`.split(
      ' ',
    ),
    ...'--learning_rate 1e-5 --lr_scheduler_type cosine --per_device_train_batch_size 2 --gradient_accumulation_steps 2'.split(
      ' ',
    ),
    ...'--num_train_epochs 1 --warmup_steps 2 --bf16 True --samples 48 --save_strategy no --report_to none --use_cpu True'.split(
      ' ',
    ),
  ];
  const options = { cwd: root, env: trainingEnv() };
  expect((await runCli(['check', '--', ...words], options)).exitCode).toBe(93);
  expect((await runCli(['fix', '--write', '--', ...words], options)).exitCode).toBe(0);
  const run = join(directory, 'run');
  const launched = await runCli(['launch', '--nodes', '1', '--run-dir', run, '--', ...words], options);
  expect(launched.exitCode, launched.all).toBe(0);
  expect(readJson<Verdict>(join(run, 'verdict.json'))).toMatchObject({
    outcome: 'released',
    state: 'finished',
  });
  expect(launched.left).toEqual([]);
});
