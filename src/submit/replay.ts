import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../checks/finding.ts';
import type { AgentEvent } from '../executors/executor.ts';
import { parseDeepSpeedConfig } from '../job/deepspeed-config.ts';
import type { Job } from '../job/job.ts';
import { type JudgeOptions, makeJudge } from '../run/judge.ts';
import { end, type Judge, react } from '../run/react.ts';
import { type Cause, newRun, type Run } from '../run/run.ts';

/** A batch run as its folder tells it. */
export interface Replayed {
  run: Run;
  job: Job;
  findings: readonly Finding[];
}

interface Record {
  nodes: string[];
  options: Omit<JudgeOptions, 'job'>;
  findings: Finding[];
}

type Entry = { at: number } & (
  | ({ node: string } & AgentEvent)
  | { node: null; type: 'decided'; cause: Cause }
);

/**
 * Takes in again what the coordinator has written down, through the state machine of every other run: from here on a batch run
 * has the same verdict and the same diagnosis as one that was launched.
 */
export function replay(path: string): Replayed {
  const { nodes, options, findings } = readJson<Record>(join(path, 'run.json'));
  const job = readJob(path);
  const judge = asDecided(makeJudge({ ...options, job }));
  const run = newRun(nodes, null);
  for (const entry of entriesOf(path)) {
    if (entry.node === null) end(run, entry.at, entry.cause);
    else react(run, nodes.indexOf(entry.node), entry, judge, entry.at);
  }
  return { run, job, findings };
}

/**
 * The judge as far as the coordinator has it: on nodes there are no formulas of rampcheck's own, so that what they would say
 * against a rank's curve or total comes late, as a warning.
 */
function asDecided(judge: Judge): Judge {
  const decides = ['argument-not-used'];
  return {
    ...judge,
    contradiction: (declared) => {
      const found = judge.contradiction(declared);
      return found && decides.includes(found.id) ? found : undefined;
    },
    warnings: (declared) => {
      const found = judge.contradiction(declared);
      return [...judge.warnings(declared), ...(found && !decides.includes(found.id) ? [found.message] : [])];
    },
  };
}

/** What was written down; a last line that was cut short does not count. */
function entriesOf(path: string): Entry[] {
  let text = '';
  try {
    text = readFileSync(join(path, 'events.jsonl'), 'utf8');
  } catch {
    // It has not begun, or never will.
  }
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line) as Entry);
}

function readJob(path: string): Job {
  const job = readJson<Job>(join(path, 'job.json'));
  const { deepspeed } = job;
  return { ...job, deepspeed: deepspeed && parseDeepSpeedConfig(deepspeed.text, deepspeed.path) };
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
