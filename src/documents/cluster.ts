import * as z from 'zod';
import { schemaVersion } from './parts.ts';

/** `rampcheck hosts --json` */
export const hosts = z.strictObject({
  schema_version: schemaVersion,
  nodes: z.array(
    z.strictObject({
      rank: z.int(),
      name: z.string(),
      user: z.string().optional(),
      port: z.int().optional(),
      slots: z.array(z.int()),
    }),
  ),
  ranks: z.int(),
});

const space = z.strictObject({ total: z.number(), free: z.number() }).nullable();

/** What the probe read on a node; null for what could not be read. Bytes, nanoseconds; GPU memory in MiB. */
const nodeReport = z.strictObject({
  time: z.number(),
  host: z.string(),
  cwd: z.boolean(),
  files: z.record(z.string(), z.string().nullable()),
  program: z.string().nullable(),
  interpreter: z.string().nullable(),
  python: z
    .strictObject({ path: z.string(), versions: z.record(z.string(), z.string().nullable()) })
    .nullable(),
  gpus: z
    .array(
      z.strictObject({
        index: z.number().nullable(),
        name: z.string(),
        memory: z.number().nullable(),
        used: z.number().nullable(),
        driver: z.string(),
        ecc: z.number().nullable(),
        pids: z.array(z.number()),
      }),
    )
    .nullable(),
  xids: z.array(z.number()).nullable(),
  memory: space,
  shm: space,
  disk: z.record(z.string(), space),
  limits: z.strictObject({
    nofile: z.number().nullable(),
    memlock: z.number().nullable(),
    nproc: z.number().nullable(),
  }),
  master: z.strictObject({ error: z.string().nullable() }).nullable(),
  route: z.strictObject({ address: z.string(), interface: z.string().nullable() }).nullable(),
});

/** `rampcheck doctor --json` */
export const doctor = z.strictObject({
  schema_version: schemaVersion,
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      slots: z.int(),
      report: nodeReport.nullable(),
      error: z.strictObject({ message: z.string(), hint: z.string().optional() }).nullable(),
      skew: z.strictObject({ ms: z.number(), within: z.number() }).nullable(),
    }),
  ),
  checks: z.array(
    z.strictObject({
      id: z.string(),
      summary: z.string(),
      problems: z.array(
        z.strictObject({
          node: z.string().nullable(),
          severity: z.enum(['fatal', 'warning']),
          message: z.string(),
          fix: z.string(),
        }),
      ),
    }),
  ),
  versions: z.strictObject({
    names: z.array(z.string()),
    groups: z.array(z.strictObject({ nodes: z.array(z.string()), versions: z.array(z.string().nullable()) })),
  }),
  exclude: z.array(z.string()),
  exclude_line: z.string().nullable(),
  fatal: z.int(),
  warnings: z.int(),
  seconds: z.number(),
});
