import { z } from 'zod';
import type { Plan } from '../plan/plan.ts';
import { readDocument } from './document.ts';

const words = z.array(z.string());
const count = z.union([
  z.object({ value: z.number(), from: z.string() }),
  z.object({ value: z.null(), why: z.string() }),
]);
const spec = z.object({
  lib: z.string(),
  scheduler: z.string(),
  params: z.record(z.string(), z.unknown()),
  lr0: z.number(),
});

const plan: z.ZodType<Plan> = z.object({
  command: words,
  nodesFrom: z.string(),
  executor: z.string(),
  nodes: z.array(
    z.object({
      rank: z.int(),
      name: z.string(),
      slots: z.array(z.int()),
      cwd: z.string(),
      argv: words,
      env: z.record(z.string(), z.string()),
    }),
  ),
  worldSize: z.int().nullable(),
  master: z.object({ address: z.string(), port: z.union([z.int(), z.string()]), why: z.string() }).nullable(),
  batch: z
    .object({ perDevice: z.number(), accumulation: z.number(), worldSize: z.int(), global: z.number() })
    .nullable(),
  steps: z.object({
    batchesPerEpoch: count,
    updatesPerEpoch: count,
    total: count,
    warmup: count,
    globalBatch: count,
  }),
  expected: z.object({
    spec: spec.nullable(),
    why: z.string().nullable(),
    stated: words,
    assumed: words,
    nominal: z.number().nullable(),
    wouldRun: spec.nullable(),
  }),
  hold: z.union([
    z.object({ steps: z.int(), mode: z.string(), why: z.string() }),
    z.object({ steps: z.null(), why: z.string() }),
  ]),
  environment: z.array(z.object({ name: z.string(), value: z.string(), source: z.string() })),
  notes: words,
  hash: z.string(),
});

/**
 * plan.json: what the run was to do.
 *
 * @throws RampcheckError `run-damaged`
 */
export function readPlan(folder: string): Plan {
  return readDocument(folder, 'plan.json', plan);
}
