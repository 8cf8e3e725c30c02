import { relative } from 'node:path';
import { rules } from '../checks/index.ts';
import type { CommandInput, Context, Ignored } from '../command/command.ts';
import { RampcheckError } from '../errors.ts';
import type { Job } from '../job/job.ts';
import { nearest } from '../nearest.ts';
import { captureCommand, isShellCommand } from '../read/capture.ts';
import { type JobOptions, readJob } from '../read/read-job.ts';
import type { JobValues } from './options.ts';

/** The result of reading a raw command. */
export interface CommandJob {
  job: Job;
  /** Lines for the user about how the command was read; may be empty. */
  notice: string;
}

/** Properties of a batch job's nodes, which have no names yet. */
export type BatchChoice = Pick<JobOptions, 'queue' | 'gpusPerNode'>;

/** Reads the raw command of check, plan, fix and launch. A shell script is run with stand-ins, which is announced first. */
export async function commandJob(
  input: CommandInput<JobValues>,
  context: Context,
  batch: BatchChoice = {},
): Promise<CommandJob> {
  const options = { ...jobOptionsOf(input.options), ...batch };
  const { cwd, env } = context;
  assertRules(input.ignore);
  const argv = input.command;
  const script = argv.slice(argv.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word)));
  if (!isShellCommand(script, cwd)) {
    return { job: readJob({ argv, cwd, env, options }), notice: '' };
  }
  if (input.options.capture === false) {
    throw new RampcheckError(
      'capture-refused',
      'this command is a shell script, which can only be read by running it, and --no-capture forbids that',
      {
        hint: "give the launcher's own command instead",
      },
    );
  }
  if (input.options.quiet !== true) {
    context.stderr.write(
      `rampcheck: running '${script.slice(0, 3).join(' ')}' to see which command it starts; launchers are replaced by stand-ins that start nothing, everything else in the script runs (--no-capture prevents this)\n`,
    );
  }
  const assigned = Object.fromEntries(
    argv
      .slice(0, argv.length - script.length)
      .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
  const captured = await captureCommand(script, cwd, { ...env, ...assigned });
  const job = readJob({
    argv: captured.argv,
    cwd: captured.cwd,
    env: { ...env, ...assigned, ...captured.added },
    options: { ...options, env: { ...assigned, ...withoutPath(captured.added), ...options.env } },
  });
  const where = relative(cwd, captured.cwd);
  return {
    job: { ...job, unread: [...captured.unread, ...job.unread] },
    notice: `read from ${script.slice(0, 3).join(' ')}${where ? `, in ${where}` : ''}: ${captured.argv.slice(0, 6).join(' ')} …\n\n`,
  };
}

/** The options that describe the job, for `readJob`. */
export function jobOptionsOf(options: JobValues): JobOptions {
  const { hostfile, nodes, on, samples, env, envFile, activate, versions } = options;
  return { hostfile, nodes, on, samples, env, envFile, activate, versions };
}

/** Refuses to suppress a rule that does not exist. */
function assertRules(ignore: readonly Ignored[]): void {
  for (const { rule } of ignore) {
    if (rules.some(({ id }) => id === rule)) continue;
    const close = nearest(
      rule,
      rules.map(({ id }) => id),
    );
    throw new RampcheckError('unknown-rule', `the run file ignores '${rule}', but there is no such rule`, {
      hint: close.length ? `did you mean ${close.join(' or ')}?` : 'rampcheck explain lists all of them',
    });
  }
}

/** The PATH of this machine does not apply to other nodes. */
function withoutPath({ PATH: _path, ...rest }: Record<string, string>): Record<string, string> {
  return rest;
}
