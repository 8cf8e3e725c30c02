import { chmodSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { CommandResult, Context } from '../../cli/command.ts';
import { ExitCode, RampcheckError } from '../../errors.ts';
import { discard, makeRunDirectory, type RunDirectory } from '../../run/directory.ts';
import { registerRun } from '../../run/registry.ts';
import { BUNDLE, makeBundle } from '../bundle.ts';
import { recordBatch, writeBatch } from '../record.ts';
import type { Submission, Target } from '../target.ts';
import { localCommands, ownWords, type SlurmCommands } from './commands.ts';
import { assertPossible, readOffers } from './offer.ts';
import { readRequest, type SlurmRequest } from './request.ts';
import { sbatchScript } from './script.ts';

const SCRIPT = 'job.sbatch';

/** `submit --to slurm`: a run's folder with the bundle and a script, and the script given to sbatch. */
export const slurm: Target = { name: 'slurm', submit };

async function submit(
  submission: Submission,
  options: Record<string, unknown>,
  context: Context,
): Promise<CommandResult> {
  const { job, plan, redact } = submission;
  const request = readRequest(options, basename(job.command.script.target).replace(/\.\w+$/, ''));
  if (options.dryRun === true) {
    assertPossible(plan, request, []);
    const script = sbatchScript('dry-run', runPath(options, context), plan, request);
    return result({ script, plan }, redact(script), redact);
  }
  const commands = localCommands(context.env);
  assertPossible(plan, request, await readOffers(commands));
  const directory = makeRunDirectory(context.cwd, options.runDir as string | undefined, redact);
  try {
    const script = writeRun(directory, submission, request);
    if (options.testOnly === true) {
      const estimate = await test(commands, script);
      discard(directory);
      return result({ estimate }, `${estimate}\n`, redact);
    }
    const id = await queue(commands, script);
    writeBatch(directory, { engine: 'slurm', job: id, phase: 'queued', words: '' });
    registerRun(directory, context.env);
    const shown = shorten(directory.path, context.cwd);
    const text = `queued as job ${id}: ${plan.nodes.length} nodes, run ${directory.id}\nrampcheck status ${directory.id}   how it stands; the folder is ${shown}\n`;
    return result({ run: directory.id, path: directory.path, job: id }, text, redact);
  } catch (error) {
    // Nothing half-submitted is left.
    discard(directory);
    throw error;
  }
}

function result(document: unknown, text: string, redact: (text: string) => string): CommandResult {
  return { exitCode: ExitCode.done, document: JSON.parse(redact(JSON.stringify(document))) as unknown, text };
}

/** Everything the job needs, in its own folder: readable by its owner alone. */
function writeRun(directory: RunDirectory, submission: Submission, request: SlurmRequest): string {
  const { job, plan, settings, judge } = submission;
  recordBatch(directory, 'slurm', submission);
  const bundle = makeBundle({
    run: directory.id,
    job,
    plan,
    settings,
    holdSteps: judge.holdSteps,
    directory: directory.path,
  });
  writeFileSync(join(directory.path, BUNDLE), bundle, { mode: 0o600 });
  const script = join(directory.path, SCRIPT);
  writeFileSync(script, submission.redact(sbatchScript(directory.id, directory.path, plan, request)), {
    mode: 0o700,
  });
  chmodSync(directory.path, 0o700);
  return script;
}

/**
 * What Slurm itself thinks of it; nothing is queued. Not asked before every submission: it also refuses what sbatch would take and
 * let wait, when a node is down.
 */
async function test(commands: SlurmCommands, script: string): Promise<string> {
  const { exitCode, stderr } = await commands.run(['sbatch', '--test-only', script]);
  if (exitCode === 0) return estimateIn(stderr);
  throw refused(stderr);
}

/** "sbatch: Job 3 to start at …": the number is nobody's job. */
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

function runPath(options: Record<string, unknown>, { cwd }: Context): string {
  return join(cwd, (options.runDir as string | undefined) ?? 'rampcheck-runs/RUN');
}

function shorten(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below.startsWith('..') ? path : below;
}
