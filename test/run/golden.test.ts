import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Declared } from '../../src/contract/rank-event.ts';
import type { Verdict } from '../../src/run/verdict.ts';
import {
  type Environment,
  fixtures,
  readJson,
  readLines,
  root,
  runCli,
  scratch,
  trainingEnv,
} from '../support/cli.ts';

/** End-to-end curves that the real libraries produced: what rampcheck records as used must be these numbers, to the last bit. */
interface Golden {
  params: {
    training_args: Record<string, unknown>;
    ds_config: Record<string, unknown> | null;
    dataset_len: number;
  };
  lrs: number[];
  error: string | null;
}

interface Setting {
  name: string;
  agrees: boolean;
  /** .venv when absent. */
  environment?: Environment;
  /** What is left out of the recorded DeepSpeed config; who owns the optimizer does not change the curve. */
  without?: 'optimizer';
}

/** The four layouts of a DeepSpeed config (neither, optimizer, scheduler, both) in both transformers, and none at all. */
const settings: Setting[] = [
  { name: 'e2e_nods_cosine', agrees: true },
  { name: 'e2e_nods_max_steps', agrees: true },
  { name: 'e2e_ds_none', agrees: true },
  { name: 'e2e_ds_opt_only', agrees: true },
  { name: 'e2e_ds_qwen_warmuplr', agrees: false, without: 'optimizer' },
  { name: 'e2e_ds_qwen_warmuplr', agrees: false },
  { name: 'e2e_ds_warmuplr_warmup0', agrees: false },
  { name: 'e2e_ds_alpaca_warmupdecay', agrees: false },
  { name: 'e2e_ds_none', agrees: true, environment: '.venv-tf457' },
  { name: 'e2e_ds_opt_only', agrees: true, environment: '.venv-tf457' },
  { name: 'e2e_ds_qwen_warmuplr', agrees: false, without: 'optimizer', environment: '.venv-tf457' },
  { name: 'e2e_ds_qwen_warmuplr', agrees: false, environment: '.venv-tf457' },
];

test.for(settings)(
  '$name, without $without, in $environment: used LR is recorded exactly',
  { timeout: 180_000 },
  async ({ name, agrees, environment, without }) => {
    const golden = readJson<Golden>(join(root, 'test', 'golden', `${name}.json`));
    if (without) delete golden.params.ds_config?.[without];
    const { directory, result } = await launchGolden(golden, ['--on-mismatch', 'warn'], environment);

    const steps = readLines<{ step: number; group: number; lr: number }>(join(directory, 'run', 'lr.jsonl'));
    expect(steps.filter(({ group }) => group === 0).map(({ lr }) => lr)).toEqual(golden.lrs);
    expect(result.exitCode, result.all).toBe(0);
    expect(result.left).toEqual([]);

    const verdict = readJson<Verdict>(join(directory, 'run', 'verdict.json'));
    // It was let go on although its learning rate is another one: that is never "follows the schedule".
    expect(verdict).toMatchObject({ outcome: agrees ? 'released' : 'violated', state: 'finished' });
    expect(verdict.detected === null).toBe(agrees);
    if (!agrees) expect(verdict.diagnosis?.id).toBe('deepspeed-scheduler-replaces');
    // With use_cpu accelerate may leave DeepSpeed out and say nothing: the rank itself tells which engine ran.
    const declared = readLines<{ event?: Declared & { type: string } }>(
      join(directory, 'run', 'events.jsonl'),
    ).find(({ event }) => event?.type === 'declared')?.event;
    const config = golden.params.ds_config;
    expect(declared?.deepspeed?.zero_stage).toBe(config ? 1 : undefined);
    expect(declared?.deepspeed?.scheduler ?? null).toBe(
      (config?.scheduler as { type: string } | undefined)?.type ?? null,
    );
    expect(declared?.versions.transformers).toMatch(environment === '.venv-tf457' ? /^4\.57/ : /^5\.23/);
  },
);

test.for(['e2e_ds_mismatch_error', 'e2e_ds_none_cosine_with_min_lr_error'])(
  '%s: a training that fails by itself is reported with its own error, exit 1',
  { timeout: 180_000 },
  async (name) => {
    const golden = readJson<Golden>(join(root, 'test', 'golden', `${name}.json`));
    const { directory, result } = await launchGolden(golden, []);
    expect(result.exitCode, result.all).toBe(1);
    expect(result.left).toEqual([]);
    const verdict = readJson<Verdict>(join(directory, 'run', 'verdict.json'));
    expect(verdict).toMatchObject({ outcome: 'unverified', state: 'failed' });
    expect(verdict.root_cause?.error.trim()).toBe(golden.error?.trim());
    expect(result.stdout).toContain('Traceback (most recent call last)');
  },
);

async function launchGolden(golden: Golden, options: string[], environment?: Environment) {
  const directory = scratch();
  const { training_args: args, ds_config: config, dataset_len: samples } = golden.params;
  const words = Object.entries(args).flatMap(([key, value]) => [
    `--${key}`,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  words.push('--output_dir', join(directory, 'out'), '--samples', String(samples), '--use_cpu', 'True');
  words.push('--save_strategy', 'no', '--report_to', 'none');
  if (config) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'ds.json'), JSON.stringify(config));
    words.push('--deepspeed', join(directory, 'ds.json'));
  }
  const launcher = config ? ['deepspeed', '--num_gpus', '1'] : ['torchrun', '--nproc-per-node', '1'];
  const result = await runCli(
    [
      ...['launch', '--no-check', '--nodes', '1', '--run-dir', join(directory, 'run'), ...options, '--'],
      ...[...launcher, join(fixtures, 'training', 'train.py'), ...words],
    ],
    { env: trainingEnv(environment) },
  );
  return { directory, result };
}
