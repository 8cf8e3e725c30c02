import * as z from 'zod';
import { projections } from '../contract/rank-event.ts';
import { diagnosis, exitCode, finding, schemaVersion } from './parts.ts';

const difference = {
  step: z.int(),
  group: z.int(),
  // null: not a number.
  expected: z.number().nullable(),
  actual: z.number().nullable(),
};

export const runState = z.enum([
  'preparing',
  'starting',
  'holding',
  'released',
  'finished',
  'aborted',
  'failed',
  'unverified',
]);

const fields = {
  schema_version: schemaVersion,
  outcome: z.enum(['released', 'aborted', 'violated', 'unverified']),
  state: runState,
  exit_code: exitCode,
  message: z.string(),
  detected: z
    .strictObject({ by: z.enum(['static', 'projection', 'observation']), step: z.int().nullable() })
    .nullable(),
  violated_from: z
    .int()
    .nullable()
    .describe('the optimizer step from which on the training does not follow the requested schedule'),
  diagnosis: diagnosis.nullable(),
  first_difference: z
    .strictObject({ ...difference, rank: z.int(), node: z.string(), optimizer: z.int().optional() })
    .nullable(),
  max_deviation: z.number().nullable(),
  ranks: z
    .strictObject({ total: z.int().nullable(), agreeing: z.int() })
    .describe('agreeing: ranks that support the outcome by their own results; 0 for unverified'),
  projection: z.enum(projections).nullable(),
  hold_steps: z.int().nullable(),
  steps_seen: z.int(),
  skipped_updates: z.int(),
  warnings: z.array(z.string()),
  root_cause: z
    .strictObject({
      node: z.string(),
      rank: z.int().nullable(),
      error: z.string(),
      traceback: z.string().nullable(),
    })
    .nullable(),
  failures: z.array(
    z.strictObject({ node: z.string(), rank: z.int(), error: z.string(), seconds_later: z.number() }),
  ),
  seconds_to_stop: z.number().nullable(),
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      launcher_exit: z.int().nullable(),
      processes_stopped: z.int(),
      nothing_left: z.boolean(),
    }),
  ),
  settled: z.literal(true).optional().describe('the verdict of a batch run is final'),
};

/** verdict.json: how far the proof of a run went. */
export const verdict = z.strictObject(fields);

/** A verdict inside another document, which has its own version. */
export const heldVerdict = z.strictObject({ ...fields, schema_version: schemaVersion.optional() });

const place = {
  run: z.string().describe("the run's name"),
  path: z.string().describe("the run's folder"),
};

/** What launch and attach print at the end of a run. */
export const runVerdict = z.strictObject({ ...fields, ...place });

/** What attach prints for a run without a verdict. */
export const runWithoutVerdict = z.strictObject({ schema_version: schemaVersion, ...place });

/** What submit prints after it has followed a run to its end. */
export const batchVerdict = z.strictObject({ ...fields, ...place, job: z.string() });

/** What launch, submit and plan --emit print if check finds a schedule violation: nothing was started. */
export const refused = z.strictObject({
  schema_version: schemaVersion,
  outcome: z.literal('aborted'),
  state: z.literal('aborted'),
  exit_code: exitCode,
  message: z.string(),
  detected: z.strictObject({ by: z.literal('static'), step: z.null() }),
  diagnosis: z.strictObject({ ...finding.shape, id: z.string() }),
  max_deviation: z.null(),
  ranks: z.strictObject({ total: z.null(), agreeing: z.literal(0) }),
  findings: z.array(finding),
});
