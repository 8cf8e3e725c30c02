import * as z from 'zod';
import { curveSpec, finding, foreign, schemaVersion } from './parts.ts';
import { refused } from './verdict.ts';

/** A number and its source, or null and the reason why it is not known. */
const count = z.union([
  z.strictObject({ value: z.number(), from: z.string() }),
  z.strictObject({ value: z.null(), why: z.string() }),
]);

/** What each node runs, and the expected curve. */
const fields = {
  schema_version: schemaVersion,
  command: z.array(z.string()),
  nodes_from: z.string(),
  executor: z.string(),
  nodes: z.array(
    z.strictObject({
      rank: z.int(),
      name: z.string(),
      slots: z.array(z.int()),
      cwd: z.string(),
      argv: z.array(z.string()),
      env: z.record(z.string(), z.string()),
    }),
  ),
  world_size: z.int().nullable(),
  master: z
    .strictObject({
      address: z.string(),
      port: z.union([z.int(), z.string()]),
      why: z.string(),
      own: z.string().optional(),
    })
    .nullable(),
  batch: z
    .strictObject({
      per_device: z.number(),
      accumulation: z.number(),
      world_size: z.int(),
      global: z.number(),
    })
    .nullable(),
  steps: z.strictObject({
    batches_per_epoch: count,
    updates_per_epoch: count,
    total: count,
    warmup: count,
    global_batch: count,
  }),
  expected: z.strictObject({
    spec: curveSpec.nullable(),
    why: z.string().nullable(),
    stated: z.array(z.string()),
    assumed: z.array(z.string()),
    nominal: z.number().nullable(),
    would_run: curveSpec.nullable(),
  }),
  hold: z.union([
    z.strictObject({ steps: z.int(), mode: z.string(), why: z.string() }),
    z.strictObject({ steps: z.null(), why: z.string() }),
  ]),
  environment: z.array(z.strictObject({ name: z.string(), value: z.string(), source: z.string() })),
  notes: z.array(z.string()),
  hash: z.string(),
};

/** plan.json of a run's folder. */
export const writtenPlan = z.strictObject(fields);

/** `rampcheck plan --json` */
export const plan = z.strictObject({ ...fields, findings: z.array(finding) });

/** `rampcheck plan --emit FORM --json` */
export const emitted = z.strictObject({
  schema_version: schemaVersion,
  run: z.string(),
  plan: z.string().describe('SHA-256 of the plan'),
  form: z.string(),
  pieces: z.array(z.strictObject({ file: z.string(), text: z.string() })),
  written: z.array(z.string()),
});

const queued = z.strictObject({ run: z.string(), path: z.string(), job: z.string() });

/** `rampcheck submit --json`, if it does not follow the job to its end. */
export const submitted = z.union([
  z.strictObject({ schema_version: schemaVersion, ...queued.shape }),
  z.strictObject({ schema_version: schemaVersion, runs: z.array(queued) }),
  z.strictObject({ schema_version: schemaVersion, estimate: z.string() }),
  z.strictObject({ schema_version: schemaVersion, name: z.string(), accepted: z.literal(true) }),
  z.strictObject({
    schema_version: schemaVersion,
    script: z.string(),
    plan: z.strictObject({ ...fields, schema_version: schemaVersion.optional() }),
  }),
  // The objects are Kubernetes' own.
  z.strictObject({
    schema_version: schemaVersion,
    name: z.string(),
    plan: z.string().describe('SHA-256 of the plan'),
    objects: z.array(foreign),
  }),
  refused,
]);
