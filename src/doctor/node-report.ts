import { z } from 'zod';

const space = z.object({ total: z.number(), free: z.number() });

/** The report of src/node/rampcheck_node/probe.py about its node; null for what could not be read. Units: bytes, nanoseconds. */
export const nodeReport = z.object({
  time: z.number(),
  host: z.string(),
  cwd: z.boolean(),
  /** SHA-256 by path; null: the file is missing. */
  files: z.record(z.string(), z.string().nullable()),
  /** The path of the launcher's program on this node. */
  program: z.string().nullable(),
  /** The Python in the first line of that program. */
  interpreter: z.string().nullable(),
  python: z.object({ path: z.string(), versions: z.record(z.string(), z.string().nullable()) }).nullable(),
  /** null: there is no nvidia-smi; empty: it does not answer. */
  gpus: z
    .array(
      z.object({
        index: z.number().nullable(),
        name: z.string(),
        /** MiB */
        memory: z.number().nullable(),
        used: z.number().nullable(),
        driver: z.string(),
        ecc: z.number().nullable(),
        pids: z.array(z.number()),
      }),
    )
    .nullable(),
  xids: z.array(z.number()).nullable(),
  memory: space.nullable(),
  shm: space.nullable(),
  disk: z.record(z.string(), space.nullable()),
  /** null: unlimited. */
  limits: z.object({
    nofile: z.number().nullable(),
    memlock: z.number().nullable(),
    nproc: z.number().nullable(),
  }),
  master: z.object({ error: z.string().nullable() }).nullable(),
  route: z.object({ address: z.string(), interface: z.string().nullable() }).nullable(),
});
export type NodeReport = z.infer<typeof nodeReport>;

/** One node with its report. */
export interface Examined {
  name: string;
  /** Accelerators that the job needs on it. */
  slots: number;
  report: NodeReport | null;
  /** Why there is no report, in the failing program's own words, and what to do. */
  error: { message: string; hint: string | undefined } | null;
  /** Its clock minus ours in milliseconds, and the uncertainty. */
  skew: { ms: number; within: number } | null;
}
