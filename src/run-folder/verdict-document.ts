import { z } from 'zod';
import { parsePythonJson } from '../contract/agent-messages.ts';
import { files, schemaVersion } from '../contract/contract.ts';
import { projections } from '../contract/rank-event.ts';
import { ExitCode } from '../errors.ts';
import { runStates } from '../run/run.ts';
import { outcomes, type Verdict } from '../run/verdict.ts';
import type { RunDirectory } from './directory.ts';
import { readDocumentIfAny, unlessDamaged } from './document.ts';

const rate = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const count = z.int().nullable();

/** Coordinator and launcher write the same fields; fields that only readers of the document need may be absent. */
const verdict = z.looseObject({
  outcome: z.enum(outcomes),
  state: z.enum(runStates),
  exit_code: z.enum(ExitCode),
  message: z.string(),
  detected: z.object({ by: z.enum(['static', 'projection', 'observation']), step: count }).nullable(),
  violated_from: count.default(null),
  diagnosis: z.custom<Verdict['diagnosis']>(
    (value) =>
      z
        .looseObject({ id: z.string(), message: z.string(), fix: z.array(z.string()) })
        .nullable()
        .safeParse(value).success,
    'is no diagnosis',
  ),
  first_difference: z
    .object({
      step: z.int(),
      group: z.int(),
      expected: rate,
      actual: rate,
      rank: z.int(),
      node: z.string(),
      optimizer: z.int().exactOptional(),
    })
    .nullable(),
  max_deviation: z.number().nullable(),
  ranks: z.object({ total: count, agreeing: z.int() }),
  projection: z.enum(projections).nullable().default(null),
  hold_steps: count,
  steps_seen: z.int(),
  skipped_updates: z.int().default(0),
  warnings: z.array(z.string()),
  root_cause: z
    .object({
      node: z.string(),
      rank: count,
      error: z.string(),
      traceback: z.string().nullable(),
    })
    .nullable(),
  failures: z
    .array(z.object({ node: z.string(), rank: z.int(), error: z.string(), seconds_later: z.number() }))
    .default([]),
  seconds_to_stop: z.number().nullable(),
  nodes: z.array(
    z.object({
      name: z.string(),
      launcher_exit: count,
      processes_stopped: z.int(),
      nothing_left: z.boolean(),
    }),
  ),
  settled: z.literal(true).exactOptional(),
});

/** verdict.json. `settled`: the final verdict of a batch run, with its diagnosis. */
export type KeptVerdict = Verdict & { settled?: true };
const keptVerdict: z.ZodType<KeptVerdict> = verdict;

/** Writes verdict.json: at the release, and at the end. */
export function writeVerdict(directory: RunDirectory, verdict: Verdict): void {
  directory.write(files.verdict, { schema_version: schemaVersion, ...verdict });
}

/** Parses a verdict in a coordinator's output; undefined if the text is not one. */
export function parseVerdict(text: string): KeptVerdict | undefined {
  try {
    return keptVerdict.parse(parsePythonJson(text));
  } catch {
    return undefined;
  }
}

/**
 * Reads the last verdict: of the release, or of the end. Undefined before there is one.
 *
 * @throws RampcheckError `run-damaged`
 */
export function readVerdictOrThrow(folder: string): KeptVerdict | undefined {
  return readDocumentIfAny(folder, files.verdict, keptVerdict);
}

/** The same, but undefined for a damaged verdict. */
export function readVerdict(folder: string): KeptVerdict | undefined {
  return unlessDamaged(() => readVerdictOrThrow(folder));
}
