import * as z from 'zod';
import { schemaVersion } from './parts.ts';
import { heldVerdict, runState } from './verdict.ts';

const state = z.enum([...runState.options, 'lost', 'queued']);

const batch = z.strictObject({
  engine: z.string(),
  title: z.string(),
  job: z.string().nullable(),
  phase: z.enum(['queued', 'running', 'over']),
  words: z.string(),
  login: z.string().optional(),
  copied: z.boolean().optional(),
});

const supervisor = z.strictObject({
  host: z.string(),
  pid: z.int(),
  started: z.string(),
  boot: z.string(),
});

/** `rampcheck status --json` */
export const status = z.strictObject({
  schema_version: schemaVersion,
  run: z.string(),
  path: z.string(),
  started: z.string(),
  host: z.string(),
  command: z.array(z.string()),
  state,
  batch: batch.nullable(),
  attended: supervisor.nullable(),
  verdict: heldVerdict.nullable(),
  step: z.int().nullable(),
  total: z.int().nullable(),
  lr: z.array(
    z.strictObject({
      optimizer: z.int(),
      step: z.int(),
      group: z.int(),
      lr: z.number(),
      expected: z.number().nullable(),
    }),
  ),
  max_deviation: z.number().nullable(),
  ranks: z.strictObject({ total: z.int().nullable(), running: z.int(), agreeing: z.int() }),
  nodes: z.array(
    z.strictObject({ name: z.string(), state: z.enum(['starting', 'running', 'ended']), ranks: z.int() }),
  ),
  warnings: z.array(z.string()),
});

/** `rampcheck ps --json` */
export const ps = z.strictObject({
  schema_version: schemaVersion,
  runs: z.array(
    z.strictObject({
      run: z.string(),
      state,
      attended: z.boolean(),
      outcome: z.string().nullable(),
      violated_from: z.int().nullable(),
      step: z.int().nullable(),
      nodes: z.int(),
      started: z.string(),
      command: z.array(z.string()),
      path: z.string(),
    }),
  ),
  damaged: z.array(z.strictObject({ path: z.string(), why: z.string() })),
});

/** `rampcheck logs --json` */
export const logs = z.strictObject({
  schema_version: schemaVersion,
  run: z.string(),
  logs: z.array(z.strictObject({ node: z.string(), rank: z.int().nullable(), lines: z.array(z.string()) })),
});

/** `rampcheck stop --json` */
export const stop = z.strictObject({
  schema_version: schemaVersion,
  run: z.string(),
  path: z.string(),
  already: z.boolean(),
  verdict: heldVerdict.nullable(),
  swept: z.int(),
});

const point = z.tuple([z.int(), z.number()]);

/** `rampcheck report --json`: what the page shows. */
export const report = z.strictObject({
  schema_version: schemaVersion,
  file: z.string(),
  run: z.string(),
  started: z.string(),
  host: z.string(),
  state,
  command: z.array(z.string()),
  nodes_from: z.string(),
  verdict: heldVerdict.optional(),
  lines: z.array(
    z.strictObject({
      kind: z.enum(['expected', 'projected', 'observed']),
      hue: z.int(),
      label: z.string(),
      points: z.array(point),
    }),
  ),
  ranks: z.array(
    z.strictObject({
      rank: z.int(),
      node: z.string(),
      steps: z.int(),
      agrees: z.boolean(),
      difference: z.string().nullable(),
      state: z.string(),
    }),
  ),
  warnings: z.array(z.string()),
  window: z.array(z.tuple([z.int(), z.number(), z.number()])),
  plan: z.array(z.strictObject({ label: z.string(), text: z.string() })),
});
