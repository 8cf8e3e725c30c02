/** What `plan` predicts for the files as they are is what the real libraries do with them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkJob } from '../../src/checks/index.ts';
import type { Job } from '../../src/job/job.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { readJob } from '../../src/read/read-job.ts';
import { libraryCurve } from '../../src/schedule/index.ts';
import { pythons } from '../schedule/oracle.ts';
import { root, trainingEnv } from '../support/cli.ts';
import { folderWith } from '../support/job.ts';
import { freePort } from '../support/port.ts';
import { type RealCase, realCases } from './cases.ts';
import { realCasesPage } from './page.ts';

const steps = 24;
const versions = { transformers: '4.57.6' };

/** The pair as its repository starts it, cut to a few steps. */
function jobOf({ asks, config, frontEnd }: RealCase): Job {
  const options = `${asks} --max_steps ${steps} --per_device_train_batch_size 2`.split(' ');
  const entries = options.flatMap((word, at) =>
    word.startsWith('--') ? [[word.slice(2), options[at + 1] ?? '']] : [],
  );
  const yaml = [...entries, ['deepspeed', 'ds.json']].map(([name, value]) => `${name}: ${value}\n`).join('');
  const names: Record<string, string> = {
    lr_scheduler_type: 'lr_scheduler',
    per_device_train_batch_size: 'micro_batch_size',
  };
  const argv = {
    llamafactory: ['llamafactory-cli', 'train', 'a.yaml'],
    swift: ['swift', 'sft', '--deepspeed', 'ds.json', ...options],
    axolotl: ['axolotl', 'train', 'b.yml'],
    none: ['torchrun', '--nproc-per-node', '1', 'train.py', '--deepspeed', 'ds.json', ...options],
  }[frontEnd ?? 'none'];
  const cwd = folderWith({
    'ds.json': JSON.stringify(config, null, 2),
    'a.yaml': yaml,
    'b.yml': yaml.replace(/^\w+/gm, (name) => names[name] ?? name),
  });
  return readJob({ argv, cwd, env: {}, options: { versions } });
}

describe.each(realCases)('$name', (real) => {
  test('check says what the table says', () => {
    const found = checkJob(jobOf(real)).filter(({ severity }) => severity !== 'note');
    expect(found.map(({ rule }) => rule).sort()).toEqual([...real.says].sort());
  });
});

test('docs/real-cases.md is the table of these cases: npm run pages writes it', () => {
  expect(readFileSync(join(root, 'docs', 'real-cases.md'), 'utf8')).toBe(realCasesPage(realCases));
});

describe('real runs', () => {
  let runs: ({ lrs: number[]; scheduler: string } | { error: string })[] = [];

  beforeAll(async () => {
    const settings = realCases.map(({ config, asks }) => ({
      config,
      arguments: `${asks} --max_steps ${steps} --per_device_train_batch_size 2`.split(' '),
    }));
    const output = execFileSync(
      pythons['tf4.57'],
      [join(import.meta.dirname, 'run.py'), String(await freePort())],
      {
        input: JSON.stringify(settings),
        encoding: 'utf8',
        env: { ...process.env, ...trainingEnv('.venv-tf457') },
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
    runs = JSON.parse(output) as typeof runs;
  }, 300_000);

  test.each(realCases.map((real, at) => ({ ...real, at })))('$name', (real) => {
    const run = runs[real.at];
    if (!run || 'error' in run) throw new Error(run?.error ?? 'no answer');
    const { wouldRun, spec } = makePlan(jobOf(real)).expected;
    const predicted = wouldRun ?? spec;
    if (!predicted) throw new Error('no curve');
    expect(predicted.scheduler).toBe(real.runs);
    const lr = libraryCurve(predicted, versions);
    const peak = Math.max(...run.lrs);
    expect(run.lrs).toHaveLength(steps);
    for (const [step, used] of run.lrs.entries())
      expect(Math.abs(lr(step) - used), `step ${step}: ${lr(step)} ${used}`).toBeLessThanOrEqual(
        1e-12 * peak,
      );
  });
});
