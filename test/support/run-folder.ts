import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePlan } from '../../src/plan/plan.ts';
import { makeRunDirectory } from '../../src/run-folder/directory.ts';
import { meeting } from '../../src/submit/bundle.ts';
import { recordBatch, writeBatch } from '../../src/submit/record.ts';
import { scratch } from './cli.ts';
import { jobOf } from './job.ts';

const judge = {
  samples: undefined,
  holdSteps: 'auto',
  projection: true,
  onMismatch: 'abort',
  afterRelease: 'warn',
  expect: [],
} as const;

/** The folder of a batch run on one node with one rank, as `submit` writes it. */
export function batchFolder(): string {
  const words =
    'torchrun --nproc-per-node 1 train.py --lr_scheduler_type cosine --learning_rate 1e-5 --max_steps 100';
  const job = jobOf(words, {}, { queue: 'slurm', nodes: 1 });
  const directory = makeRunDirectory(scratch(), 'run', (text) => text);
  recordBatch(
    directory,
    { engine: 'slurm', title: 'Slurm' },
    { job, plan: makePlan(job, { meeting }), judge, findings: [] },
  );
  writeBatch(directory, { engine: 'slurm', title: 'Slurm', job: '7', phase: 'running', words: 'RUNNING' });
  return directory.path;
}

/** Lines of events.jsonl, as the coordinator of `node-1` writes them. */
export function putEvents(path: string, events: readonly object[]): void {
  const lines = events.map((event, at) =>
    JSON.stringify({ node: 'node-1', at: 1000 + at, seq: at + 1, ...event }),
  );
  appendFileSync(join(path, 'events.jsonl'), lines.map((line) => `${line}\n`).join(''));
}

export function putVerdict(path: string, verdict: object): void {
  writeFileSync(join(path, 'verdict.json'), JSON.stringify(verdict));
}
