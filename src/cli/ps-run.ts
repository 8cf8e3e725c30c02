import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode } from '../errors.ts';
import type { Job } from '../job/job.ts';
import { formatRuns, type ListedRun } from '../report/status.ts';
import { makePaint } from '../report/text.ts';
import { batchOf } from '../run-folder/batch.ts';
import type { RunRecord } from '../run-folder/record.ts';
import { knownRuns } from '../run-folder/registry.ts';
import { briefStatusOf, isOver } from '../run-folder/status.ts';
import { refreshBatch } from '../submit/batch-run.ts';
import type { psOptions } from './options.ts';

/** `rampcheck ps`: from the runs' folders alone; what a left run has done since is for `status` to find out. */
export async function psRun(
  { options }: CommandInput<Values<typeof psOptions>>,
  context: Context,
): Promise<CommandResult> {
  const paths = knownRuns(context.env).map(({ path }) => path);
  const queued = paths.filter((path) => batchOf(path) && !isOver(briefStatusOf(path)));
  await Promise.all(queued.map((path) => refreshBatch(path, context.env)));
  const known = paths.map(listed);
  const runs = options.all === true ? known : known.filter((run) => !isOver(run));
  const over = known.length - runs.length;
  const more = over > 0 ? `${over} run${over === 1 ? ' is' : 's are'} over: rampcheck ps --all\n` : '';
  const table = runs.length
    ? formatRuns(runs, context.columns, makePaint(context.color))
    : options.all === true
      ? 'no run of yours is known on this machine\n'
      : 'no run of yours goes on\n';
  return { exitCode: ExitCode.done, document: { runs }, text: `${table}${more}` };
}

function listed(path: string): ListedRun {
  const record = read<RunRecord>(join(path, 'run.json'));
  const { command } = read<Pick<Job, 'command'>>(join(path, 'job.json'));
  const { state, attended, batch, verdict, step } = briefStatusOf(path);
  return {
    run: record.id,
    state,
    attended: attended !== null || batch !== null,
    outcome: verdict?.outcome ?? null,
    step,
    nodes: record.nodes.length,
    started: record.started,
    command: command.argv,
    path,
  };
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
