import { join } from 'node:path';
import { z } from 'zod';
import { type AgentEvent, parsePythonJson } from '../contract/agent-messages.ts';
import { files } from '../contract/contract.ts';
import { lastLines, wholeLines } from '../files/whole-lines.ts';

const usedRate = z.object({
  /** The number of the optimizer, in the order of their first steps. Each optimizer counts its own steps. */
  optimizer: z.int().nonnegative().default(0),
  step: z.int().nonnegative(),
  group: z.int().nonnegative(),
  lr: z
    .number()
    .nullable()
    .transform((value) => value ?? Number.NaN),
  /** null if there is no expected value for this step. */
  expected: z.number().nullable(),
});

/** A line of lr.jsonl: the learning rate that one parameter group of one optimizer of rank 0 used in one optimizer step. */
export type UsedRate = z.infer<typeof usedRate>;

/** How many bytes at the end of the file are read for the last steps: enough for thousands of parameter groups. */
const TAIL_BYTES = 512 * 1024;

/** Returns the lines of lr.jsonl for an event: one per parameter group of an optimizer step of rank 0. */
export function ratesOf(event: AgentEvent): string[] {
  if (event.type !== 'rank' || event.event.type !== 'step' || event.event.rank !== 0) return [];
  const { optimizer, step, lrs, expected } = event.event;
  return lrs.map((lr, group) => {
    const used: UsedRate = {
      optimizer,
      step,
      group,
      lr,
      expected: expected?.[group] ?? null,
    };
    return JSON.stringify(used);
  });
}

/** Reads lr.jsonl line by line; nothing if no optimizer step was seen. A line that cannot be read is skipped. */
export function* readRates(run: string): Generator<UsedRate> {
  for (const line of wholeLines(join(run, files.rates))) {
    const rate = parse(line);
    if (rate) yield rate;
  }
}

/** Reads the last step of every optimizer from the end of lr.jsonl, one entry per parameter group, sorted by optimizer and group. */
export function readLastRates(run: string): UsedRate[] {
  const rates = lastLines(join(run, files.rates), TAIL_BYTES).flatMap((line) => parse(line) ?? []);
  const last = new Map(rates.map(({ optimizer, step }) => [optimizer, step]));
  return rates
    .filter(({ optimizer, step }) => last.get(optimizer) === step)
    .sort((a, b) => a.optimizer - b.optimizer || a.group - b.group);
}

/** A line may be truncated at the beginning of a piece of the file, or because the disk was full. */
function parse(line: string): UsedRate | undefined {
  try {
    return usedRate.parse(parsePythonJson(line));
  } catch {
    return undefined;
  }
}
