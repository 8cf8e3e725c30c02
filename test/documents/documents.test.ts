import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type * as z from 'zod';
import { commands } from '../../src/cli/commands.ts';
import { documents } from '../../src/documents/index.ts';
import { type DocumentName, documentNames } from '../../src/documents/names.ts';
import { writtenPlan } from '../../src/documents/plan.ts';
import { fromDocument, toDocument } from '../../src/documents/to-document.ts';
import type { verdict as verdictDocument } from '../../src/documents/verdict.ts';
import { makePlan } from '../../src/plan/plan.ts';
import type { Verdict } from '../../src/run/verdict.ts';
import { fixtures, readJson, runCli, scratch } from '../support/cli.ts';
import { jobOf } from '../support/job.ts';
import { released, startRun } from '../support/open-ended-training.ts';

/** runCli checks every document against its schema (test/support/documents.ts); here every command prints one. */
const cwd = join(fixtures, 'seed');
const words = [
  '--deepspeed',
  'ds_config_zero3.json',
  '--learning_rate',
  '1e-5',
  '--lr_scheduler_type',
  'cosine',
];
const violating = ['--hostfile', '../../../hostfiles/8x8-h100', '--', 'deepspeed', 'finetune.py', ...words];
const simple = ['--', 'torchrun', '--nproc-per-node', '2', 'finetune.py', '--learning_rate', '1e-5'];
const linear = [
  'transformers:linear',
  '--lr',
  '1e-5',
  '--params',
  '{"num_warmup_steps":0,"num_training_steps":4}',
];
const batch = ['--dry-run', '--gpus-per-node', '2', '--nodes', '2'];
const history = [1, 2, 3, 4].map((step) => ({ step, learning_rate: ((4 - step) / 4) * 1e-5 }));

const shown: [name: DocumentName, what: string, argv: (folder: string) => string[]][] = [
  ['check', 'a violation', () => ['check', ...violating]],
  ['check', 'no finding', () => ['check', ...simple]],
  ['fix', 'two remedies', () => ['fix', ...violating]],
  ['explain', 'one rule', () => ['explain', 'deepspeed-log-warmup']],
  ['explain', 'all rules', () => ['explain']],
  ['plan', 'what the files would run instead', () => ['plan', '--samples', '1000', ...violating]],
  ['plan', 'an unknown total', () => ['plan', '--nodes', '2', ...simple]],
  ['plan', '--emit', () => ['plan', '--emit', 'commands', '--nodes', '2', ...simple]],
  ['launch', 'a refusal', () => ['launch', ...violating]],
  ['submit', 'a script for Slurm', () => ['submit', '--to', 'slurm', ...batch, ...simple]],
  [
    'submit',
    'objects of Kubernetes',
    () => ['submit', '--to', 'kubernetes', '--image', 'i', ...batch, ...simple],
  ],
  ['curve', 'one', () => ['curve', ...linear]],
  ['curve', 'two', () => ['curve', ...linear, '--compare', 'transformers:cosine']],
  ['verify', 'a log', (folder) => ['verify', log(folder), '--expect', 'transformers:linear lr=1e-5 total=4']],
  ['doctor', 'this machine', () => ['doctor', '--nodes', '2', ...simple]],
  ['hosts', 'a hostfile', () => ['hosts', '../../../hostfiles/8x8-h100']],
  ['init', 'a run file', (folder) => ['init', '--output', join(folder, 'run.yaml'), ...simple]],
  ['complete', 'a script', () => ['complete', 'bash']],
  ['error', 'an unknown option', () => ['check', '--nonsense']],
  ['error', 'a missing script', () => ['check', '--', 'torchrun', 'nowhere.py']],
];

function log(folder: string): string {
  const file = join(folder, 'trainer_state.json');
  writeFileSync(file, JSON.stringify({ global_step: 4, log_history: history }));
  return file;
}

test.for(shown)('%s: %s', { timeout: 60_000 }, async ([name, , argv]) => {
  const [command = '', ...rest] = argv(scratch());
  const { stdout, stderr } = await runCli([command, '--json', ...rest], { cwd });
  const document = JSON.parse(stdout) as object;
  expect(Object.keys(document)[0], stderr).toBe('schema_version');
  expect('error' in document, stdout).toBe(name === 'error');
});

test('of runs: launch, status, ps, logs, report, attach, stop, verdict.json, plan.json', async () => {
  const run = startRun({ options: ['--json'] });
  await released(run.run);
  const of = async (command: string) =>
    JSON.parse((await runCli([command, '--json', run.run], { env: run.env })).stdout) as object;
  for (const command of ['status', 'logs', 'report']) await of(command);
  await runCli(['ps', '--json'], { env: run.env });
  writeFileSync(run.go, '');
  const { stdout } = await run.child;
  expect(documents.launch.parse(JSON.parse(stdout))).toMatchObject({ path: run.run, schema_version: 1 });
  for (const command of ['status', 'attach', 'stop']) await of(command);
  documents.verdict.parse(readJson(join(run.run, 'verdict.json')));
  writtenPlan.parse(readJson(join(run.run, 'plan.json')));
});

test('of a run that was stopped: a diagnosis and a first difference', async () => {
  const run = startRun({ words: ['--flat', '--total', '1000'] });
  expect((await run.child).exitCode).toBe(93);
  const verdict = documents.verdict.parse(readJson(join(run.run, 'verdict.json')));
  expect(verdict).toMatchObject({ diagnosis: { would_run: expect.any(String) } });
  for (const command of ['status', 'report']) await runCli([command, '--json', run.run], { env: run.env });
});

test('every command has a document, and a schema that can be printed', async () => {
  const own = commands.map(({ name }) => name).filter((name) => name !== 'schema');
  expect(own.filter((name) => !(name in documents))).toEqual([]);
  for (const name of documentNames) {
    const { exitCode, stdout } = await runCli(['schema', '--of', name]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.stringContaining('json-schema.org') });
  }
});

describe('keys that are ours are in snake_case', () => {
  test.for(documentNames)('%s', (name) => {
    const keys = keysOf(documents[name]);
    expect(keys.size).toBeGreaterThan(1);
    expect([...keys].filter((key) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(key))).toEqual([]);
  });
});

test('a verdict has the fields of its document, and they fit', () => {
  // Checked by the compiler.
  type Printed = Omit<z.infer<typeof verdictDocument>, 'schema_version' | 'settled'>;
  expectTypeOf<keyof Verdict>().toEqualTypeOf<keyof Printed>();
  expectTypeOf<Verdict>().toExtend<Printed>();
});

test('keys that are data stay as they are, and a document is read back as what it was made of', () => {
  const env = { camelCase: '1', HTTP_proxy: 'x', snake_case: '2' };
  const job = jobOf('torchrun --nproc-per-node 2 train.py --learning_rate 1e-5', {}, { env });
  const plan = makePlan(job);
  const document = toDocument(writtenPlan, plan);
  expect(document).toMatchObject({ schema_version: 1, nodes: [{ env }], world_size: 2 });
  expect(fromDocument(writtenPlan, JSON.parse(JSON.stringify(document)) as object)).toEqual(plan);
});

/** Every key of a schema's objects; those of records are data. */
function keysOf(schema: z.core.$ZodType, found = new Set<string>()): Set<string> {
  const def = schema._zod.def as unknown as Record<string, unknown> & { type: string };
  if (def.type === 'object') {
    for (const [key, value] of Object.entries(def.shape as Record<string, z.core.$ZodType>)) {
      found.add(key);
      keysOf(value, found);
    }
  }
  const inner = [def.element, def.innerType, def.valueType, ...((def.options ?? []) as unknown[])];
  for (const each of inner) if (each) keysOf(each as z.core.$ZodType, found);
  return found;
}
