import * as z from 'zod';

/** Parts of several documents. Every object is strict: fields that are not listed here are not printed. */

export const schemaVersion = z
  .literal(1)
  .describe('changes when a field is renamed, removed or means something else');

/** Foreign keys and values: arguments of a schedule, environment variables, objects of a cluster. */
export const foreign = z.record(z.string(), z.unknown());

/** A location in a file or in the command line; lines and columns count from 1. */
export const location = z.strictObject({
  file: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
});

export const severity = z.enum(['violation', 'error', 'warning', 'note']);

const evidence = z.strictObject({
  location: location.optional(),
  text: z.string(),
  means: z.string().optional(),
  line: z.string().optional(),
});

/** One problem that `check` reports. */
export const finding = z.strictObject({
  rule: z.string(),
  severity,
  message: z.string(),
  asked: z.string().optional(),
  would_run: z.string().optional(),
  evidence: z.array(evidence),
  fix: z.array(z.string()),
  repairs: z
    .array(
      z.strictObject({
        remedy: z.string(),
        edits: z.array(
          z.strictObject({
            file: z.string(),
            path: z.array(z.union([z.string(), z.int()])),
            value: z.unknown().optional(),
          }),
        ),
      }),
    )
    .optional(),
  thread: z.string().optional(),
  suppressed: z.string().optional(),
});

/** A schedule under its library's own names. */
export const curveSpec = z.strictObject({
  lib: z.string(),
  scheduler: z.string(),
  params: foreign,
  lr0: z.number(),
});

/** The cause of a mismatch; for a refusal of `check`, its finding. */
export const diagnosis = z.strictObject({
  id: z.string(),
  message: z.string(),
  fix: z.array(z.string()),
  asked: z.string().optional(),
  would_run: z.string().optional(),
  evidence: z.array(evidence).optional(),
  thread: z.string().optional(),
});

export const exitCode = z.int().describe('0, 1, 2, 90 to 94, 130 or 143, as docs/launch.md lists them');
