import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { plural } from '../plural.ts';
import { formatRuns, type ListedRun } from '../report/status.ts';
import { makePaint } from '../report/text.ts';
import { batchOf } from '../run-folder/batch.ts';
import { readJob } from '../run-folder/job-document.ts';
import { readRecord } from '../run-folder/record.ts';
import { knownRuns } from '../run-folder/registry.ts';
import { briefStatusOf, isOver } from '../run-folder/status.ts';
import { refreshBatch } from '../submit/batch-run.ts';
import type { psOptions } from './options.ts';

/** A run with a damaged folder. */
interface Damaged {
  path: string;
  why: string;
}

/** `rampcheck ps`: reads only the runs' folders; `status` asks the nodes of a detached run. */
export async function psRun(
  { options }: CommandInput<Values<typeof psOptions>>,
  context: Context,
): Promise<CommandResult> {
  const found = await Promise.all(knownRuns(context.env).map(({ path }) => listed(path, context)));
  const known = found.filter((run) => 'run' in run);
  const damaged = found.filter((run) => 'why' in run);
  const runs = options.all === true ? known : known.filter((run) => !isOver(run));
  const over = known.length - runs.length;
  const more = over > 0 ? `${plural(over, 'finished run')} not shown: rampcheck ps --all\n` : '';
  const table = runs.length
    ? formatRuns(runs, context.columns, makePaint(context.color))
    : options.all === true
      ? 'no runs are known on this machine\n'
      : 'no active runs\n';
  const left = damaged.map(({ path, why }) => `left out: ${path}: ${why}\n`).join('');
  return { exitCode: ExitCode.done, document: { runs, damaged }, text: `${table}${more}${left}` };
}

/** A run that cannot be read does not hide the others. */
async function listed(path: string, context: Context): Promise<ListedRun | Damaged> {
  try {
    if (batchOf(path) && !isOver(briefStatusOf(path))) await refreshBatch(path, context.env);
    const record = readRecord(path);
    const { state, attended, batch, verdict, step } = briefStatusOf(path);
    return {
      run: record.id,
      state,
      attended: attended !== null || batch !== null,
      outcome: verdict?.outcome ?? null,
      violated_from: verdict?.violated_from ?? null,
      step,
      nodes: record.nodes.length,
      started: record.started,
      command: readJob(path).command.argv,
      path,
    };
  } catch (error) {
    if (error instanceof RampcheckError) return { path, why: error.message };
    throw error;
  }
}
