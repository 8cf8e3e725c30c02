import type { CommandInput, Context } from '../command/command.ts';
import type { RunReporter } from '../run/reporter.ts';
import { batchOf } from '../run-folder/batch.ts';
import { findRun } from '../run-folder/registry.ts';
import { briefStatusOf, isOver } from '../run-folder/status.ts';
import { refreshBatch } from '../submit/refresh.ts';
import { comeBackTo } from '../supervise/come-back.ts';

/** The folder of the run that a command's argument means; without one, the newest that goes on. */
export function chosenRun({ args }: CommandInput, context: Context): string {
  return findRun(args[0], context.env, context.cwd, ({ path }) => !isOver(briefStatusOf(path))).path;
}

/** Brings the folder of a run that was left alone up to date with its nodes. A node out of reach changes nothing. */
export async function catchUp(path: string, context: Context): Promise<void> {
  if (batchOf(path)) {
    await refreshBatch(path, context.env);
    return;
  }
  const { state, attended } = briefStatusOf(path);
  if (state !== 'released' || attended) return;
  await comeBackTo(path, { mode: 'look', env: context.env, reporter: () => silent });
}

const silent: RunReporter = { update() {}, line() {}, notice() {} };
