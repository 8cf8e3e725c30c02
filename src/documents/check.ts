import * as z from 'zod';
import { finding, schemaVersion, severity } from './parts.ts';

/** `rampcheck check --json` */
export const check = z.strictObject({
  schema_version: schemaVersion,
  outcome: z.enum(['violation', 'error', 'clean']),
  findings: z.array(finding),
  unread: z.array(z.strictObject({ what: z.string(), why: z.string() })),
});

/** `rampcheck fix --json` */
export const fix = z.strictObject({
  schema_version: schemaVersion,
  written: z.boolean(),
  remedies: z.array(z.strictObject({ remedy: z.string(), diff: z.string(), leaves: z.array(z.string()) })),
  left: z.array(z.strictObject({ rule: z.string(), message: z.string() })),
});

const page = {
  id: z.string(),
  title: z.string(),
  severity,
  reads: z.string(),
  why: z.string(),
  fix: z.string(),
  thread: z.string().optional(),
};

/** `rampcheck explain RULE --json`, and `rampcheck explain --json` for all of them. */
export const explain = z.union([
  z.strictObject({ schema_version: schemaVersion, ...page }),
  z.strictObject({ schema_version: schemaVersion, rules: z.array(z.strictObject(page)) }),
]);
