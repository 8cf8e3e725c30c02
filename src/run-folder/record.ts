import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../checks/finding.ts';
import { parseDeepSpeedConfig } from '../job/deepspeed-config.ts';
import type { Job } from '../job/job.ts';
import type { Plan } from '../plan/plan.ts';
import { type JudgeOptions, judgeDeclared, rulesOf } from '../run/judge.ts';
import { end, react, warn } from '../run/react.ts';
import { type Cause, newRun, type Run } from '../run/run.ts';
import type { Verdict } from '../run/verdict.ts';
import type { RunDirectory } from './directory.ts';
import { readEntries } from './ledger.ts';

/** run.json: with it and events.jsonl a run can be understood, and come back to, by a process that did not start it. */
export interface RunRecord {
  id: string;
  /** ISO time of the start, and the machine it was given from. */
  started: string;
  host: string;
  nodes: string[];
  options: JudgeOptions;
  /** The executor's own options, by which the nodes are reached again. */
  way: Readonly<Record<string, unknown>>;
  findings: Finding[];
}

/** A run as its folder tells it. */
export interface Remembered {
  record: RunRecord;
  job: Job;
  plan: Plan;
  run: Run;
  /** The folder of each node's agent, by node; undefined where none was started. */
  agents: (string | undefined)[];
  /** The last one written: of the release, or of the end. */
  verdict: Verdict | undefined;
}

/** Writes down what a later process needs, before anything starts. Secrets are masked, as everywhere. */
export function recordRun(
  directory: RunDirectory,
  { options, findings, way }: Pick<RunRecord, 'options' | 'findings' | 'way'>,
  job: Job,
  plan: Plan,
): void {
  directory.write('job.json', jobDocument(job));
  directory.write('plan.json', plan);
  const { samples, holdSteps, projection, onMismatch, afterRelease, expect } = options;
  const record: RunRecord = {
    id: directory.id,
    started: new Date().toISOString(),
    host: hostname(),
    nodes: plan.nodes.map(({ name }) => name),
    options: { samples, holdSteps, projection, onMismatch, afterRelease, expect },
    findings,
    way,
  };
  directory.write('run.json', record);
}

/** Reads a run's folder. What was said is taken in again, event by event, by the same state machine. */
export function rememberRun(path: string): Remembered {
  const record = readJson<RunRecord>(join(path, 'run.json'));
  const job = readJob(path);
  const rules = rulesOf(record.options);
  const run = newRun(record.nodes);
  let late: Cause | undefined;
  const agents: (string | undefined)[] = record.nodes.map(() => undefined);
  for (const entry of readEntries(path)) {
    if (entry.node === null) end(run, entry.at, entry.cause);
    else {
      const node = record.nodes.indexOf(entry.node);
      if (entry.type === 'started') agents[node] = entry.directory;
      react(run, node, entry, rules, entry.at);
      if (entry.type === 'rank' && entry.event.type === 'declared')
        late ??= judgeDeclared(run, node, entry.event, record.options);
    }
  }
  // Where no launcher was connected nobody had the formulas: what they say comes after the run has been decided.
  if (late?.kind === 'contradiction' && run.cause?.kind !== 'contradiction') warn(run, late.message);
  return {
    record,
    job,
    plan: readJson<Plan>(join(path, 'plan.json')),
    run,
    agents,
    verdict: readVerdict(path),
  };
}

/** The names of its nodes; a batch run learns them when it starts. */
export function nodesOf(path: string): string[] {
  return readJson<RunRecord>(join(path, 'run.json')).nodes;
}

/** verdict.json. `settled`: the verdict of a batch run that nothing follows any more, with its diagnosis. */
export type KeptVerdict = Verdict & { settled?: true };

export function readVerdict(path: string): KeptVerdict | undefined {
  try {
    return readJson<KeptVerdict>(join(path, 'verdict.json'));
  } catch {
    return undefined;
  }
}

/** What is written down of a job: field by field, so that nothing gets into a file by the way. */
function jobDocument(job: Job): unknown {
  const {
    command,
    cwd,
    nodes,
    nodesFrom,
    unchanged,
    executor,
    reach,
    python,
    training,
    samples,
    env,
    envSources,
  } = job;
  const { settings, unread, frontEnd, defaults, versions, activate } = job;
  const { path, text, value } = job.deepspeed ?? {};
  return {
    ...{
      command,
      cwd,
      nodes,
      nodesFrom,
      unchanged,
      executor,
      reach,
      python,
      training,
      samples,
      env,
      envSources,
    },
    ...{ settings, unread, frontEnd, defaults, versions, activate },
    ...(job.deepspeed && { deepspeed: { path, text, value } }),
  };
}

/** The job of a run. The script's text and the environment it was given in were not written down. */
function readJob(path: string): Job {
  const job = readJson<Job>(join(path, 'job.json'));
  const { deepspeed } = job;
  return {
    ...job,
    scriptText: undefined,
    environment: {},
    deepspeed: deepspeed && parseDeepSpeedConfig(deepspeed.text, deepspeed.path),
  };
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
