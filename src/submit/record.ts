import { hostname } from 'node:os';
import type { Finding } from '../checks/finding.ts';
import type { Job } from '../job/job.ts';
import type { RunDirectory } from '../run/directory.ts';
import type { JudgeOptions } from '../run/judge.ts';
import type { Plan } from '../run/plan.ts';

/** batch.json: the engine that has the run, and its number there. */
export interface Batch {
  engine: 'slurm' | 'kubernetes';
  /** null until it is queued. */
  job: string | null;
}

/** Writes down what `status` and the others need to replay the run, before it is queued and again with its number. */
export function recordBatch(
  directory: RunDirectory,
  batch: Batch,
  known?: { job: Job; plan: Plan; judge: Omit<JudgeOptions, 'job'>; findings: readonly Finding[] },
): void {
  directory.write('batch.json', batch);
  if (!known) return;
  const { job, plan, judge, findings } = known;
  const { deepspeed } = job;
  directory.write('job.json', {
    ...job,
    environment: {},
    deepspeed: deepspeed && { path: deepspeed.path, text: deepspeed.text, value: deepspeed.value },
  });
  directory.write('plan.json', plan);
  const { samples, holdSteps, projection, onMismatch, afterRelease, expect } = judge;
  directory.write('run.json', {
    id: directory.id,
    started: new Date().toISOString(),
    host: hostname(),
    nodes: plan.nodes.map(({ name }) => name),
    options: { samples, holdSteps, projection, onMismatch, afterRelease, expect },
    findings,
  });
}
