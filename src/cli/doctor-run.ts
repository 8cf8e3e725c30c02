import { deepspeed } from '../../launchers/deepspeed.ts';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import type { Wanted } from '../doctor/check.ts';
import { examine, wantedBy } from '../doctor/examine.ts';
import { ExitCode } from '../errors.ts';
import { executorValues, makeExecutor } from '../executors/index.ts';
import type { Job } from '../job/job.ts';
import { makePlan } from '../plan/plan.ts';
import { findCluster } from '../read/cluster.ts';
import { readJob } from '../read/read-job.ts';
import { makeRedactor } from '../redact/redact.ts';
import { formatExamination } from '../report/doctor.ts';
import { makePaint } from '../report/text.ts';
import { jobOptionsOf } from './command-job.ts';
import type { doctorOptions } from './options.ts';

type DoctorValues = Values<typeof doctorOptions>;

/** `rampcheck doctor`: exits with 0 if there is no fatal problem, else with 90. A hostfile or the command after `--` names the nodes. */
export async function doctorRun(input: CommandInput<DoctorValues>, context: Context): Promise<CommandResult> {
  const { job, wanted } = asked(input, context);
  const values = executorValues(job.executor, input.options, context.cwd);
  const executor = await makeExecutor(job.executor, values);
  await executor.prepare?.(job.nodes, { oneByOne: true });
  const found = await examine(executor, job.nodes, wanted).finally(async () => executor.close?.());
  const redact = makeRedactor(context.env, input.command);
  return {
    exitCode: found.fatal > 0 ? ExitCode.preflightFailed : ExitCode.done,
    document: found,
    text: redact(formatExamination(found, context.columns, makePaint(context.color))),
  };
}

function asked(
  { command, options }: CommandInput<DoctorValues>,
  { cwd, env }: Context,
): { job: Pick<Job, 'nodes' | 'executor'>; wanted: Wanted } {
  if (command.length > 0) {
    const job = readJob({ argv: command, cwd, env, options: jobOptionsOf(options) });
    return { job, wanted: wantedBy(job, makePlan(job)) };
  }
  const job = findCluster(cwd, {}, jobOptionsOf(options), deepspeed);
  const first = job.nodes[0]?.name ?? '';
  return {
    job,
    wanted: {
      cwd,
      files: {},
      program: undefined,
      activate: options.activate ?? [],
      python: options.python,
      needs: [],
      master:
        job.nodes.length > 1
          ? { address: job.reach === 'here' ? '127.0.0.1' : first, port: 29_500, error: null }
          : null,
      local: job.reach === 'here',
    },
  };
}
