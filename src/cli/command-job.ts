import type { Job } from '../job/job.ts';
import { readJob } from '../job/read-job.ts';
import type { CommandInput, Context } from './command.ts';
import { jobOptionsOf } from './options.ts';

/** A raw command, read: the job, and what the run file and the capture add. */
export interface CommandJob {
  job: Job;
  /** Rules that the run file says not to mind, and why. */
  ignore: readonly { rule: string; reason: string }[];
  /** What the person should know about how the command was read; empty, or lines. */
  notice: string;
}

/** Reads the raw command of check, plan and fix. */
export async function commandJob(input: CommandInput, context: Context): Promise<CommandJob> {
  const options = jobOptionsOf(input.options);
  const job = readJob({ argv: input.command, cwd: context.cwd, env: context.env, options });
  return { job, ignore: [], notice: '' };
}
