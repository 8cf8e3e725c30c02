import type { AgentEvent } from '../contract/agent-messages.ts';
import { files } from '../contract/contract.ts';
import { RampcheckError } from '../errors.ts';
import type { Job } from '../job/job.ts';
import { plural } from '../plural.ts';
import { judgeDeclared, rulesOf } from '../run/judge.ts';
import { end, react, tolerate, warn } from '../run/react.ts';
import { type Cause, newRun, type Run } from '../run/run.ts';
import { type Damage, readEntries } from './events.ts';
import { readJob } from './job-document.ts';
import { type RunRecord, readRecord } from './record.ts';
import { type KeptVerdict, readVerdictOrThrow } from './verdict-document.ts';

/** A run as stored in its folder. */
export interface Remembered {
  record: RunRecord;
  job: Job;
  run: Run;
  /** The folder of each node's agent; undefined if none was started. */
  agents: (string | undefined)[];
  /** The number of the last stored event of each node, by name. */
  heard: Map<string, number>;
  /** The last optimizer step of rank 0; its lines in lr.jsonl may be missing. */
  lastStep: AgentEvent | undefined;
  /** The last stored verdict: of the release, or of the end. */
  verdict: KeptVerdict | undefined;
}

/**
 * Reads a run's folder: replays its events through the same state machine. Damaged parts of its
 * events or its verdict are skipped, with a warning.
 *
 * @throws RampcheckError `run-damaged` if the job of the run cannot be read.
 */
export function rememberRun(folder: string): Remembered {
  const record = readRecord(folder);
  const job = readJob(folder);
  const rules = rulesOf(record.options);
  const run = newRun(record.nodes);
  const agents: (string | undefined)[] = record.nodes.map(() => undefined);
  const heard = new Map<string, number>();
  const damage: Damage[] = [];
  let late: Cause | undefined;
  let lastStep: AgentEvent | undefined;
  for (const entry of readEntries(folder, (found) => damage.push(found))) {
    if (entry.node === null) {
      end(run, entry.at, entry.cause);
      continue;
    }
    const { node: name, event, at } = entry;
    const node = record.nodes.indexOf(name);
    if (event.seq !== undefined) heard.set(name, event.seq);
    if (event.type === 'started') agents[node] = event.directory;
    react(run, node, event, rules, at);
    if (event.type !== 'rank') continue;
    if (event.event.type === 'declared') late ??= judgeDeclared(run, node, event.event, record.options);
    if (event.event.type === 'step' && event.event.rank === 0) lastStep = event;
  }
  // A batch job has no formulas: their results come only after the run has been decided.
  if (late?.kind === 'contradiction' && run.cause?.kind !== 'contradiction')
    late.inconclusive ? warn(run, late.message) : tolerate(run, late);
  const verdict = verdictOf(folder, run);
  for (const text of damageWords(damage)) warn(run, text);
  return { record, job, run, agents, heard, lastStep, verdict };
}

function verdictOf(folder: string, run: Run): KeptVerdict | undefined {
  try {
    return readVerdictOrThrow(folder);
  } catch (error) {
    if (!(error instanceof RampcheckError)) throw error;
    warn(run, error.message);
    return undefined;
  }
}

function damageWords(damage: readonly Damage[]): string[] {
  const [first] = damage;
  if (!first) return [];
  const were = damage.length === 1 ? 'was' : 'were';
  return [
    `${plural(damage.length, 'line')} of ${files.events} cannot be read and ${were} skipped: line ${first.line}, ${first.why}`,
  ];
}
