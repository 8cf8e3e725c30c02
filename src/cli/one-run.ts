import type { CommandInput, Context } from '../command/command.ts';
import { RampcheckError } from '../errors.ts';
import type { RunReporter } from '../run/reporter.ts';
import { batchOf } from '../run-folder/batch.ts';
import { unlessDamaged } from '../run-folder/document.ts';
import { findRun, isRegistered, type KnownRun, registryPath } from '../run-folder/registry.ts';
import type { Remembered } from '../run-folder/remember.ts';
import { briefStatusOf, isOver } from '../run-folder/status.ts';
import { refreshBatch } from '../submit/batch-run.ts';
import { comeBackTo } from '../supervise/come-back.ts';

/** Finds the run that a command's argument names; without one, the newest active run. */
export function chosenRun({ args }: CommandInput, context: Context): KnownRun {
  return findRun(args[0], context.env, context.cwd, ({ path }) => goesOn(path));
}

/** A damaged run is never chosen without an argument. */
function goesOn(path: string): boolean {
  return unlessDamaged(() => !isOver(briefStatusOf(path))) ?? false;
}

/**
 * Refuses to contact the nodes of a run that this user has not started: that would execute settings from its folder.
 *
 * @throws RampcheckError `run-not-registered` (exit 2)
 */
export function assertRegistered(path: string, context: Context): void {
  if (isRegistered(path, context.env)) return;
  throw new RampcheckError(
    'run-not-registered',
    `${path} is not registered as one of your runs, so its nodes are not contacted`,
    {
      hint: `if you started it (for example from another machine), register it: ln -s ${path} ${registryPath(context.env)}/`,
    },
  );
}

/**
 * Updates the folder of a detached run from its nodes. An unreachable node changes nothing; the nodes of a folder that
 * another user sent are not contacted.
 *
 * @returns the state of the run, if it had to be read.
 * @throws RampcheckError `run-damaged`
 */
export async function catchUp(path: string, context: Context): Promise<Remembered | undefined> {
  if (!isRegistered(path, context.env)) return undefined;
  if (batchOf(path)) {
    await refreshBatch(path, context.env);
    return undefined;
  }
  const { state, attended } = briefStatusOf(path);
  if (state !== 'released' || attended) return undefined;
  const { remembered } = await comeBackTo(path, { mode: 'look', env: context.env, reporter: () => silent });
  return remembered;
}

const silent: RunReporter = { update() {}, line() {}, notice() {} };
