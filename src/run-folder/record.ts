import { hostname } from 'node:os';
import { z } from 'zod';
import type { Finding } from '../checks/finding.ts';
import { files } from '../contract/contract.ts';
import type { Job } from '../job/job.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunDirectory } from './directory.ts';
import { readDocument } from './document.ts';
import { jobDocument } from './job-document.ts';
import { writePlan } from './plan-document.ts';

const rates = z.array(z.number());
const expect = z.union([
  z.object({
    lrs: rates,
    spec: z
      .object({
        lib: z.string(),
        scheduler: z.string(),
        params: z.record(z.string(), z.unknown()),
        lr0: z.number(),
      })
      .exactOptional(),
  }),
  z.object({ groups: z.array(rates) }),
]);

const finding = z.custom<Finding>(
  (value) =>
    z
      .looseObject({
        rule: z.string(),
        severity: z.string(),
        message: z.string(),
        evidence: z.array(z.looseObject({ text: z.string() })),
        fix: z.array(z.string()),
      })
      .safeParse(value).success,
  'is no finding',
);

const record = z.object({
  id: z.string(),
  /** ISO time of the start, and the machine on which it was started. */
  started: z.string(),
  host: z.string(),
  nodes: z.array(z.string()).min(1),
  /** The options with which the run is judged. */
  options: z.object({
    samples: z.number().optional(),
    holdSteps: z.union([z.int().positive(), z.literal('auto')]),
    projection: z.boolean(),
    onMismatch: z.enum(['abort', 'warn']),
    afterRelease: z.enum(['warn', 'abort', 'off']),
    expect: z.array(expect).readonly(),
  }),
  /** The executor's options, to reach the nodes again. */
  way: z.record(z.string(), z.unknown()),
  findings: z.array(finding),
});

/** run.json: with it, job.json and events.jsonl a process that did not start the run can read it and reattach to it. */
export type RunRecord = z.infer<typeof record>;

/** Stores what a later process needs, before anything starts. Secrets are masked. */
export function recordRun(
  directory: RunDirectory,
  { options, findings, way }: Pick<RunRecord, 'options' | 'findings' | 'way'>,
  job: Job,
  plan: Plan,
): void {
  directory.write('job.json', jobDocument(job));
  writePlan(directory, plan);
  const { samples, holdSteps, projection, onMismatch, afterRelease, expect } = options;
  const document: RunRecord = {
    id: directory.id,
    started: new Date().toISOString(),
    host: hostname(),
    nodes: plan.nodes.map(({ name }) => name),
    options: { samples, holdSteps, projection, onMismatch, afterRelease, expect },
    findings,
    way,
  };
  directory.write(files.record, document);
}

/** @throws RampcheckError `run-damaged` */
export function readRecord(folder: string): RunRecord {
  return readDocument(folder, files.record, record);
}
