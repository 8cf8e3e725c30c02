import { appendFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentEvent } from '../contract/agent-messages.ts';
import { files } from '../contract/contract.ts';
import { lastLines, wholeBytes } from '../files/whole-lines.ts';
import { unlessDamaged } from './document.ts';
import { readEntries } from './events.ts';
import { POSITIONS, readPositions } from './positions.ts';
import { ratesOf } from './rates.ts';

/**
 * Repairs a folder before another process writes to it: a line that kill -9 has truncated
 * is removed, and so is output after the last stored position, so that it is read again. Nothing that cannot be read again is lost: if the
 * positions are damaged, the existing output is kept next to the newly read one.
 */
export function mend(folder: string): void {
  cutToWholeLines(join(folder, files.events));
  const positions = unlessDamaged(() => readPositions(folder));
  if (!positions) rmSync(join(folder, POSITIONS));
  for (const name of readdirSync(join(folder, files.logs))) {
    const log = join(folder, files.logs, name);
    if (!positions) renameSync(log, `${log}.before`);
    // An output without a position is read from its beginning.
    else shorten(log, positions[`${files.logs}/${name}`]?.size ?? 0);
  }
}

/**
 * lr.jsonl is derived from the events: after a kill between the two writes, lines of the last step are missing, all or
 * some of them. If there is no line at all, the file is rebuilt.
 */
export function mendRates(folder: string, lastStep: AgentEvent | undefined): void {
  if (!lastStep) return;
  const path = join(folder, files.rates);
  cutToWholeLines(path);
  const written = lastLines(path, TAIL).slice(0, -1);
  if (written.length === 0) {
    unlessFull(() => makeRates(folder, path));
    return;
  }
  const wanted = ratesOf(lastStep);
  const there = wanted.findLastIndex((_, last) =>
    wanted.slice(0, last + 1).every((line, at) => line === written.at(at - last - 1)),
  );
  unlessFull(() => append(path, wanted.slice(there + 1)));
}

/** Enough for the lines of one step of thousands of parameter groups (bytes). */
const TAIL = 512 * 1024;
/** How many lines are written at a time. */
const BATCH = 10_000;

function makeRates(folder: string, path: string): void {
  const fresh = `${path}.fresh`;
  rmSync(fresh, { force: true });
  let lines: string[] = [];
  for (const entry of readEntries(folder, () => {})) {
    if (entry.node === null) continue;
    lines.push(...ratesOf(entry.event));
    if (lines.length < BATCH) continue;
    append(fresh, lines);
    lines = [];
  }
  append(fresh, lines);
  renameSync(fresh, path);
}

function append(path: string, lines: readonly string[]): void {
  appendFileSync(path, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
}

/** On a full disk the last lines of the curve are lost, but the run stays accessible. */
function unlessFull(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!/^(ENOSPC|EDQUOT|EROFS)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function cutToWholeLines(path: string): void {
  shorten(path, wholeBytes(path));
}

function shorten(path: string, size: number): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found && found.size > size) truncateSync(path, size);
}
