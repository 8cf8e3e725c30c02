import { chmodSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { files } from '../../contract/contract.ts';
import { ExitCode, RampcheckError } from '../../errors.ts';
import { redactDocument } from '../../redact/redact.ts';
import { discard, makeRunDirectory, type RunDirectory } from '../../run-folder/directory.ts';
import { registerRun } from '../../run-folder/registry.ts';
import { makeBundle } from '../bundle.ts';
import type { EngineValues, Submission, Submitted, SubmittedRun, Submitter } from '../engine.ts';
import { recordBatch, writeBatch } from '../record.ts';
import { ownWords, type SlurmCommands } from './commands.ts';
import { bringTo } from './login.ts';
import { assertPossible, readOffers } from './offer.ts';
import type { SlurmValues } from './options.ts';
import { commandsOf } from './refresh.ts';
import { readRequest, type SlurmRequest } from './request.ts';
import { type Scripted, sbatchScript } from './script.ts';

const SCRIPT = 'job.sbatch';

/** Writes each run's folder and one script for all runs, and passes it to sbatch; several runs are the members of a job array. */
export async function submit(
  submissions: readonly [Submission, ...Submission[]],
  options: EngineValues<SlurmValues>,
  submitter: Submitter,
): Promise<Submitted> {
  const [{ job, plan, redact }] = submissions;
  const request = readRequest(options, basename(job.command.script.target).replace(/\.\w+$/, ''));
  assertAlike(submissions);
  if (options.dryRun === true) {
    assertPossible(plan, request, []);
    const shown = submissions.map((submission, i) => ({
      run: 'dry-run',
      directory: shownFolder(submission, submitter, submissions.length > 1 ? `RUN-${i}` : 'RUN'),
      plan: submission.plan,
    }));
    const script = sbatchScript(some(shown), request);
    return { kind: 'shown', document: redactDocument({ script, plan }, redact), text: redact(script) };
  }
  const { login } = options;
  const commands = commandsOf(login, submitter.env);
  assertPossible(plan, request, await readOffers(commands));
  const made: RunDirectory[] = [];
  let copied = false;
  try {
    for (const submission of submissions) {
      made.push(makeRunDirectory(submitter.cwd, submission.runDir, submission.redact));
    }
    const script = writeRuns(some(made), submissions, request);
    if (login !== undefined) {
      const paths = made.map(({ path }) => path);
      copied = await bringTo(login, commands, job.cwd, paths, submitter.say);
    }
    if (options.testOnly === true) {
      const estimate = await test(commands, script);
      await drop();
      return { kind: 'accepted', document: { estimate }, text: estimate };
    }
    return {
      kind: 'queued',
      runs: queued(await queue(commands, script), made, submitter, { login, copied }),
    };
  } catch (error) {
    await drop();
    throw error;
  }

  /** Removes an incomplete submission, here and on the login node. */
  async function drop(): Promise<void> {
    if (copied) await commands.run(['rm', '-rf', '--', ...made.map(({ path }) => path)]).catch(() => {});
    made.forEach(discard);
  }
}

/** Stores the jobs' numbers and registers the runs for later commands. */
function queued(
  id: string,
  directories: readonly RunDirectory[],
  { env }: Submitter,
  { login, copied }: { login: string | undefined; copied: boolean },
): SubmittedRun[] {
  const way = login === undefined ? {} : { login, copied };
  return directories.map((directory, i) => {
    const job = directories.length > 1 ? `${id}_${i}` : id;
    writeBatch(directory, { engine: 'slurm', title: 'Slurm', job, phase: 'queued', words: '', ...way });
    registerRun(directory, env);
    return { run: directory.id, path: directory.path, job };
  });
}

/** The members of an array share one script, so they need the same number of nodes and ranks. */
function assertAlike([first, ...others]: readonly [Submission, ...Submission[]]): void {
  const shape = ({ plan }: Submission) => plan.nodes.map(({ slots }) => slots.length).join();
  const odd = others.findIndex((other) => shape(other) !== shape(first));
  if (odd < 0) return;
  throw new RampcheckError(
    'array-differs',
    `member ${odd + 1} of the array needs a different number of nodes or ranks than member 0`,
    { hint: 'submit it separately: the members of an array share one request for nodes' },
  );
}

/** Writes everything that the jobs need into their runs' folders, readable only by the owner. The script is in the first one. */
function writeRuns(
  directories: readonly [RunDirectory, ...RunDirectory[]],
  submissions: readonly [Submission, ...Submission[]],
  request: SlurmRequest,
): string {
  const members = directories.map((directory, i): Scripted => {
    const submission = submissions[i] ?? submissions[0];
    const { job, plan, settings, reportTimeout } = submission;
    recordBatch(directory, { engine: 'slurm', title: 'Slurm' }, submission);
    const { id: run, path } = directory;
    const bundle = makeBundle({ run, job, plan, settings, reportTimeout, directory: path });
    writeFileSync(join(path, files.archive), bundle, { mode: 0o600 });
    chmodSync(path, 0o700);
    return { run, directory: path, plan };
  });
  const script = join(directories[0].path, SCRIPT);
  writeFileSync(script, submissions[0].redact(sbatchScript(some(members), request)), { mode: 0o700 });
  return script;
}

/** The first element of a list that is never empty. */
function some<T>(items: readonly T[]): readonly [T, ...T[]] {
  return items as readonly [T, ...T[]];
}

/**
 * Lets Slurm check the job without queueing it. Not done before every submission: it also refuses jobs that sbatch would accept and
 * queue, if a node is down.
 */
async function test(commands: SlurmCommands, script: string): Promise<string> {
  const { exitCode, stderr } = await commands.run(['sbatch', '--test-only', script]);
  if (exitCode === 0) return estimateIn(stderr);
  throw refused(stderr);
}

/** "sbatch: Job 3 to start at …": `sbatch --test-only` prints a job number that no job gets. */
function estimateIn(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  return line.replace(/^sbatch: Job \d+ to start/, 'Slurm accepts the job, and expects it to start');
}

async function queue(commands: SlurmCommands, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await commands.run(['sbatch', '--parsable', script]);
  const [, id] = /^(\d+)(;|$)/m.exec(stdout.trim()) ?? [];
  if (exitCode === 0 && id) return id;
  throw refused(stderr);
}

function refused(stderr: string): RampcheckError {
  return new RampcheckError('sbatch-refused', `Slurm refuses the job: ${ownWords(stderr)}`, {
    hint: 'sinfo lists the partitions, sacctmgr show assoc the accounts; --dry-run prints the script',
    exitCode: ExitCode.preflightFailed,
  });
}

/** The folder that a run would have; its name is chosen when it is created. */
function shownFolder({ runDir }: Submission, { cwd }: Submitter, name: string): string {
  return join(cwd, runDir ?? `rampcheck-runs/${name}`);
}
