import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import { fixtures, readJson, readLines, runCli, scratch, trainingEnv } from '../support/cli.ts';

/** torchrun exits with 1, and its agent on the other node would wait 300 s for the one that has failed. */
test('a rank that has made its last step and dies while Python ends: the training is complete, exit 0', {
  timeout: 200_000,
}, async () => {
  const directory = scratch();
  const command = [
    'torchrun',
    '--nproc-per-node',
    '1',
    join(fixtures, 'loops', 'plain.py'),
    '--abort-at-exit',
    '1',
  ];
  const options = ['--nodes', '2', '--run-dir', join(directory, 'run')];
  const expected = ['--expect', 'transformers:linear lr=1e-3 warmup=2 total=8'];
  const result = await runCli(['launch', ...options, ...expected, '--', ...command], { env: trainingEnv() });
  expect(result.exitCode, result.all).toBe(0);
  const warning = 'rank 1 on local-2 finished its 8 optimizer steps and died at exit with SIGABRT';
  expect(result.all).toContain(`warning: ${warning}`);
  const verdict = readJson<Verdict>(join(directory, 'run', 'verdict.json'));
  expect(verdict).toMatchObject({
    outcome: 'released',
    state: 'finished',
    exit_code: 0,
    root_cause: null,
    warnings: [warning],
  });
  expect(verdict.nodes[1]?.launcher_exit).toBe(1);
  expect(readLines(join(directory, 'run', 'lr.jsonl'))).toHaveLength(8);
  expect(result.left).toEqual([]);
});
