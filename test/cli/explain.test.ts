import { expect, test } from 'vitest';
import { rules } from '../../src/checks/index.ts';
import { runCli } from '../support/cli.ts';

test('a rule has its page, in 80 columns', async () => {
  const { exitCode, stdout } = await runCli(['explain', 'deepspeed-default-peak']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('deepspeed-default-peak (violation)');
  expect(stdout).toMatch(/^reads {4}scheduler\.params\.warmup_max_lr/m);
  expect(stdout).toMatch(/^seen in {2}https:/m);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('without a rule all are listed, and as one document with --json', async () => {
  const [text, json] = await Promise.all([runCli(['explain']), runCli(['explain', '--json'])]);
  for (const { id } of rules) expect(text.stdout).toContain(id);
  expect((JSON.parse(json.stdout) as { rules: object[] }).rules).toHaveLength(rules.length);
});

test('an unknown rule comes with the one that was meant', async () => {
  const { exitCode, stderr } = await runCli(['explain', 'deepspeed-log-warmups']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('did you mean deepspeed-log-warmup');
});
