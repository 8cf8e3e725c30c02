import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import type { Verdict } from '../../src/run/verdict.ts';
import { type Ended, runAsBatchJob } from './batch-job.ts';
import { type Case, corpus, isFailing } from './case.ts';
import { environmentOf } from './environments.ts';

const main = join(corpus, '..', '..', 'src', 'cli', 'main.ts');
/** A case that takes longer hangs: a fault in itself. */
const DEADLINE_MS = 180_000;

export interface Result {
  id: string;
  class: string;
  failing: boolean;
  /** A failing case that was stopped, or a healthy one that was released and trained to its end. */
  right: boolean;
  /** A failing case that was stopped before the first step at which it can be known has run. */
  earliest: boolean;
  diagnosed: boolean;
  outcome: string;
  by: string | null;
  step: number | null;
  diagnosis: string | null;
  seconds: number;
  /** What is not as case.yaml says; empty when everything is. */
  problems: string[];
  /** What the command line printed, for a case with a problem. */
  output?: string;
  verdict?: Verdict | undefined;
}

/** How a case is run: launched from here, or submitted, as a job of a batch system. */
export type Way = 'launch' | 'batch';

/** Runs one case through the real command line, in a copy of its folder. */
export async function play(test: Case, way: Way = 'launch'): Promise<Result> {
  const started = Date.now();
  const directory = mkdtempSync(join(tmpdir(), `rampcheck-corpus-${test.id}-`));
  try {
    cpSync(test.path, directory, { recursive: true });
    for (const file of test.files) cpSync(join(corpus, file), join(directory, basename(file)));
    const env = await environmentOf(test.environment);
    const broken = await prepare(test, directory, env);
    if (broken !== undefined) return unplayed(test, started, broken);
    // What the files show by themselves does not depend on how they are run.
    const wanted = way === 'launch' ? test.check : undefined;
    const checked = wanted && (await check(test, directory, env));
    const placement =
      test.launch.includes('--nodes') || test.launch.includes('--hostfile') ? [] : ['--nodes', '1'];
    const options = [...placement, ...test.launch];
    const run = way === 'launch' ? launch : runAsBatchJob;
    const { exitCode, output, timedOut, verdict } = await run(
      directory,
      env,
      options,
      wordsOf(test.command),
      DEADLINE_MS,
    );
    const problems = timedOut ? ['it did not end'] : judge(test, verdict, exitCode);
    if (checked !== wanted) problems.push(`check says ${checked}, not ${wanted}`);
    return {
      id: test.id,
      class: test.class,
      failing: isFailing(test),
      right: rightOutcome(test, verdict),
      earliest: rightOutcome(test, verdict) && (verdict?.detected?.step ?? 0) <= (test.earliest ?? 0),
      diagnosed: (verdict?.diagnosis?.id ?? undefined) === test.diagnosis,
      outcome: verdict?.outcome ?? `exit ${exitCode}`,
      by: verdict?.detected?.by ?? null,
      step: verdict?.detected?.step ?? null,
      diagnosis: verdict?.diagnosis?.id ?? null,
      seconds: (Date.now() - started) / 1000,
      problems,
      verdict,
      ...(problems.length > 0 ? { output } : {}),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function launch(
  cwd: string,
  env: Record<string, string>,
  options: readonly string[],
  command: readonly string[],
  deadline: number,
): Promise<Ended> {
  const words = ['launch', '--no-check', '--on', 'local', '--json', '--run-dir', 'run', ...options];
  const { exitCode, all, timedOut } = await execa(process.execPath, [main, ...words, '--', ...command], {
    ...{ cwd, env, reject: false, all: true, stdin: 'ignore', timeout: deadline },
  });
  const path = join(cwd, 'run', 'verdict.json');
  const verdict = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Verdict) : undefined;
  return { exitCode, output: all, timedOut, verdict };
}

/** What a launched run and the same run as a batch job disagree on, in words. */
export function disagreements(launched: Result, submitted: Result): string[] {
  const [one, other] = [launched, submitted].map(({ verdict }) => verdict && agreedFields(verdict));
  if (!one || !other) return one === other ? [] : ['one of them has no verdict'];
  return Object.keys(one).flatMap((name) => {
    const [a, b] = [one, other].map((fields) => JSON.stringify(fields[name]));
    return a === b ? [] : [`${name}: launched ${a}, as a batch job ${b}`];
  });
}

/** What does not depend on times and on who was heard first. */
function agreedFields(verdict: Verdict): Record<string, unknown> {
  const { outcome, state, exit_code, message, detected, hold_steps, projection, violated_from } = verdict;
  const { step, group, expected, actual } = verdict.first_difference ?? {};
  return {
    ...{ outcome, state, exit_code, message, detected, hold_steps, projection, violated_from },
    first_difference: [step, group, expected, actual],
    ranks: verdict.ranks.total,
    diagnosis: verdict.diagnosis?.id,
    skipped_updates: verdict.skipped_updates,
    warnings: [...verdict.warnings].sort(),
  };
}

/** Runs what comes before the case itself; returns what it printed when it fails. */
async function prepare(test: Case, cwd: string, env: Record<string, string>): Promise<string | undefined> {
  for (const command of test.prepare) {
    const options = {
      cwd,
      env,
      shell: true,
      reject: false,
      all: true,
      stdin: 'ignore',
      timeout: DEADLINE_MS,
    } as const;
    const { failed, all } = await execa(command, options);
    if (failed) return all;
  }
  return undefined;
}

function unplayed(test: Case, started: number, output: string): Result {
  return {
    id: test.id,
    class: test.class,
    failing: isFailing(test),
    right: false,
    earliest: false,
    diagnosed: false,
    outcome: 'not played',
    by: null,
    step: null,
    diagnosis: null,
    seconds: (Date.now() - started) / 1000,
    problems: ['what runs before it failed'],
    output,
  };
}

function rightOutcome(test: Case, verdict: Verdict | undefined): boolean {
  if (verdict?.outcome !== test.outcome) return false;
  return isFailing(test) || (verdict.state === 'finished' && verdict.detected === null);
}

function judge(test: Case, verdict: Verdict | undefined, exitCode: number | undefined): string[] {
  if (!verdict) return [`no verdict, exit ${exitCode}`];
  const problems: string[] = [];
  const expect = (what: string, got: unknown, wanted: unknown) => {
    if (got !== wanted) problems.push(`${what} ${got}, not ${wanted}`);
  };
  expect('outcome', verdict.outcome, test.outcome);
  expect('exit', exitCode, { released: 0, aborted: 93, violated: 0, unverified: 94 }[test.outcome]);
  expect('diagnosis', verdict.diagnosis?.id, test.diagnosis);
  if (test.outcome === 'released') expect('state', verdict.state, 'finished');
  if (test.outcome === 'released') expect('detected', verdict.detected, null);
  if (test.earliest !== undefined) {
    expect('detected before step', verdict.detected?.step, test.earliest);
    if (test.by) expect('found by', verdict.detected?.by, test.by);
  }
  expect('ranks', verdict.ranks.total, test.ranks);
  if (!verdict.nodes.every(({ nothing_left }) => nothing_left)) problems.push('processes were left behind');
  return problems;
}

async function check(test: Case, cwd: string, env: Record<string, string>): Promise<string> {
  const { exitCode } = await execa(process.execPath, [main, 'check', '--', ...wordsOf(test.command)], {
    cwd,
    env,
    reject: false,
    stdin: 'ignore',
  });
  return exitCode === 93 ? 'violation' : exitCode === 0 ? 'clean' : `exit ${exitCode}`;
}

/** The words of a command; single quotes hold a word with blanks together. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
