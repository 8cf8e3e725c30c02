import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentEvent } from '../contract/agent-messages.ts';
import { files } from '../contract/contract.ts';

/** A line of lr.jsonl: the learning rate that one parameter group of one optimizer of rank 0 used in one optimizer step. */
export interface UsedRate {
  /** Which of the rank's optimizers, in the order of their first steps. Each counts its own steps. */
  optimizer: number;
  step: number;
  group: number;
  lr: number;
  /** null if nothing is expected of this step. */
  expected: number | null;
}

/** The end of the file that is read for the last steps: enough for thousands of parameter groups. */
const TAIL_BYTES = 512 * 1024;

/** Returns the lines of lr.jsonl for an event: one per parameter group of an optimizer step of rank 0. */
export function ratesOf(event: AgentEvent): string[] {
  if (event.type !== 'rank' || event.event.type !== 'step' || event.event.rank !== 0) return [];
  const { optimizer, step, lrs, expected } = event.event as unknown as {
    optimizer?: number;
    step: number;
    lrs: number[];
    expected: number[] | null;
  };
  return lrs.map((lr, group) => {
    const used: UsedRate = {
      optimizer: optimizer ?? 0,
      step,
      group,
      lr,
      expected: expected?.[group] ?? null,
    };
    return JSON.stringify(used);
  });
}

/** Reads all of lr.jsonl; empty if no optimizer step was seen. */
export function readRates(run: string): UsedRate[] {
  try {
    return parse(readFileSync(join(run, files.rates), 'utf8'));
  } catch {
    return [];
  }
}

/** Reads the last step of every optimizer from the end of lr.jsonl, one entry per parameter group, sorted by optimizer and group. */
export function readLastRates(run: string): UsedRate[] {
  const rates = parse(tailOf(join(run, files.rates)));
  const last = new Map(rates.map(({ optimizer, step }) => [optimizer, step]));
  return rates
    .filter(({ optimizer, step }) => last.get(optimizer) === step)
    .sort((a, b) => a.optimizer - b.optimizer || a.group - b.group);
}

/** Parses whole lines. The first and the last one of a piece of the file may be cut. */
function parse(text: string): UsedRate[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => ({ optimizer: 0, ...(JSON.parse(line) as Omit<UsedRate, 'optimizer'>) }));
}

function tailOf(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(TAIL_BYTES, size));
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, size - buffer.length));
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
