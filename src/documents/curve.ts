import * as z from 'zod';
import { curveSpec, schemaVersion } from './parts.ts';

const sampled = { ...curveSpec.shape, steps: z.array(z.int()), lrs: z.array(z.number()) };
const pair = z.tuple([z.number(), z.number()]);

/** `rampcheck curve --json`, in the shape of a recorded curve; `compare` with --compare. */
export const curve = z.strictObject({
  schema_version: schemaVersion,
  ...sampled,
  compare: z
    .strictObject({
      ...sampled,
      difference: z
        .strictObject({
          step: z.int(),
          lrs: pair,
          widest: z.strictObject({ step: z.int(), lrs: pair }),
        })
        .nullable(),
    })
    .optional(),
});

/** `rampcheck verify --json` */
export const verify = z.strictObject({
  schema_version: schemaVersion,
  outcome: z.enum(['agrees', 'differs', 'unverified']),
  why: z.string().nullable(),
  shown: z.enum(['used', 'next']).nullable(),
  compared: z.int(),
  steps: z.tuple([z.int(), z.int()]).nullable(),
  deviation: z.number(),
  difference: z
    .strictObject({
      step: z.int(),
      line: z.int().nullable(),
      file: z.string(),
      logged: z.number(),
      expected: z.number(),
      within: z.number(),
    })
    .nullable(),
  expected: z.strictObject({ name: z.string(), spec: curveSpec.nullable(), total: z.int() }),
  instead: z.string().nullable(),
  logs: z.array(z.strictObject({ file: z.string(), format: z.string(), rates: z.int() })),
});
