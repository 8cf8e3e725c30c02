import * as z from 'zod';
import { check, explain, fix } from './check.ts';
import { doctor, hosts } from './cluster.ts';
import { curve, verify } from './curve.ts';
import type { DocumentName } from './names.ts';
import { location, schemaVersion } from './parts.ts';
import { emitted, plan, submitted } from './plan.ts';
import { logs, ps, report, status, stop } from './run.ts';
import { batchVerdict, refused, runVerdict, runWithoutVerdict, verdict } from './verdict.ts';

/** Every document by its name. The output of a command with `--json` has the command's name. */
export const documents: Readonly<Record<DocumentName, z.ZodType>> = {
  verdict,
  check,
  plan: z.union([plan, emitted, refused]),
  status,
  launch: z.union([runVerdict, refused]),
  submit: z.union([submitted, batchVerdict]),
  attach: z.union([runVerdict, runWithoutVerdict]),
  stop,
  ps,
  logs,
  report,
  curve,
  verify,
  doctor,
  hosts,
  fix,
  explain,
  init: z.strictObject({ schema_version: schemaVersion, written: z.string() }),
  complete: z.strictObject({ schema_version: schemaVersion, text: z.string() }),
  error: z.strictObject({
    schema_version: schemaVersion,
    error: z.strictObject({
      code: z.string(),
      message: z.string(),
      location: location.optional(),
      hint: z.string().optional(),
    }),
  }),
};
