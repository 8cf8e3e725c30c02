import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import type { Job } from '../job/job.ts';
import { makePlan } from '../plan/plan.ts';
import { meeting, packBundle } from '../submit/bundle.ts';
import type { Piece } from '../submit/emit/format.ts';
import { formats } from '../submit/emit/index.ts';
import { makeName } from '../submit/kubernetes/names.ts';
import { assertNoSecrets } from '../submit/secrets.ts';
import type { planOptions } from './options.ts';
import { prepare, refusal } from './prepare.ts';

/** `rampcheck plan --emit`: writes the plan as commands or task files that contain agent, coordinator, callback and settings. */
export async function emitRun(
  input: CommandInput<Values<typeof planOptions>>,
  context: Context,
): Promise<CommandResult> {
  const { options } = input;
  const format = formats.find(({ name }) => name === options.emit);
  if (!format) throw new Error(`no form is called ${options.emit}`);
  // A system that names its nodes later is planned like a batch engine.
  const later = format.nodes === 'later';
  const prepared = await prepare(input, context, later ? { queue: format.name } : {});
  const job: Job = later ? { ...prepared.job, python: 'python3' } : prepared.job;
  assertNoSecrets(
    job,
    (variable) => `leave it out, and set ${variable} on the nodes with the cluster's own means for secrets`,
  );
  const refused = refusal(prepared, options, 'written', context);
  if (refused) return refused;
  const plan = makePlan(job, { ...options, meeting });
  const run = runName(job);
  const bundle = packBundle({
    run,
    job,
    plan,
    settings: prepared.settings,
    reportTimeout: prepared.reportTimeout,
    directory: null,
  });
  const { runDir: directory, gpu, image, output } = options;
  const pieces = format.pieces({ job, plan, run, bundle, directory, gpu, image });
  const written = output === undefined ? [] : write(resolve(context.cwd, output), pieces);
  return {
    exitCode: ExitCode.done,
    document: { run, plan: plan.hash, form: format.name, pieces, written },
    text: written.length
      ? `${written.join('\n')}\n`
      : pieces.map(({ text }) => text).join(pieces.length > 1 ? '\n' : ''),
  };
}

function runName({ command }: Job): string {
  const script = command.script.target.split('/').at(-1)?.replace(/\.py$/, '') ?? '';
  return `${makeName(script, 33) || 'run'}-${randomBytes(3).toString('hex')}`;
}

/** The files contain the run's token, so only their owner can read them. */
function write(folder: string, pieces: readonly Piece[]): string[] {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return pieces.map(({ file, text }) => {
      const path = join(folder, file);
      writeFileSync(path, text, { mode: 0o700, flag: 'wx' });
      return path;
    });
  } catch (error) {
    const { code, message, path } = error as NodeJS.ErrnoException;
    throw new RampcheckError(
      'emit-output',
      code === 'EEXIST' ? `${path} already exists` : `cannot write into ${folder}: ${message}`,
      { hint: 'choose another folder with --output', cause: error },
    );
  }
}
