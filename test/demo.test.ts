import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import type { Verdict } from '../src/run/verdict.ts';
import { readJson, root } from './support/cli.ts';

/** The README's first command, whole: real torch, transformers and DeepSpeed on two nodes simulated on this machine. */
test('the demo shows what it says', { timeout: 900_000 }, async () => {
  const demo = await execa('node', ['scripts/demo/main.ts'], {
    cwd: root,
    env: { NO_COLOR: '1' },
    all: true,
    reject: false,
  });
  expect(demo.exitCode, demo.all).toBe(0);
  expect(demo.stdout.match(/[✔✘] exit \d+/g)).toEqual([
    '✔ exit 0',
    '✔ exit 93',
    '✔ exit 93',
    '✔ exit 0',
    '✔ exit 0',
  ]);
  const verdict = (act: string) =>
    readJson<Verdict>(join(root, 'rampcheck-runs', 'demo', act, 'verdict.json'));
  expect(verdict('c')).toMatchObject({ outcome: 'aborted', exit_code: 93, detected: { by: 'projection' } });
  expect(verdict('d')).toMatchObject({
    outcome: 'released',
    state: 'finished',
    exit_code: 0,
    steps_seen: 18,
  });
  expect(verdict('e')).toMatchObject({
    outcome: 'released',
    state: 'finished',
    exit_code: 0,
    steps_seen: 18,
  });
});
