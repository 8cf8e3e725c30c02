import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import { ExitCode } from '../errors.ts';
import { formatStatus } from '../report/status.ts';
import { makePaint } from '../report/text.ts';
import { statusOf } from '../run-folder/status.ts';
import { catchUp, chosenRun } from './one-run.ts';

/** `rampcheck status`: for a detached run, the nodes are asked for their current state. */
export async function statusRun(input: CommandInput, context: Context): Promise<CommandResult> {
  const { path } = chosenRun(input, context);
  const status = statusOf(path, await catchUp(path, context));
  return {
    exitCode: ExitCode.done,
    document: status,
    text: formatStatus(status, context.columns, makePaint(context.color)),
  };
}
