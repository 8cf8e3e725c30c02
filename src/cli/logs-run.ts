import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { makePrinter } from '../report/output.ts';
import { readRecord } from '../run-folder/record.ts';
import { type LogChoice, LogReader, logFiles } from '../run-folder/run-logs.ts';
import { briefStatusOf } from '../run-folder/status.ts';
import { comeBackTo } from '../supervise/come-back.ts';
import { followLogs, logPrinter } from './follow-logs.ts';
import { catchUp, chosenRun } from './one-run.ts';
import type { logsOptions } from './options.ts';

/** `rampcheck logs`: prints the output of rank 0 or of the requested ranks; for a detached run it is fetched from the nodes first. */
export async function logsRun(
  input: CommandInput<Values<typeof logsOptions>>,
  context: Context,
): Promise<CommandResult> {
  const { path } = chosenRun(input, context);
  const { node, rank, follow, json } = input.options;
  const record = readRecord(path);
  if (node !== undefined && !record.nodes.includes(node)) {
    throw new RampcheckError('no-such-node', `${record.id} has no node '${node}'`, {
      hint: `it has ${(nearest(node, record.nodes).length ? nearest(node, record.nodes) : record.nodes).join(', ')}`,
    });
  }
  const ranks = rank === 'all' ? undefined : (rank ?? (node === undefined ? [0] : undefined));
  const choice: LogChoice = {
    node,
    ranks,
    launchers: rank === undefined ? node !== undefined : rank === 'all',
  };
  await catchUp(path, context);
  if (json) {
    const printed = logFiles(path, record.nodes, choice).map((file) => ({
      node: file.node,
      rank: file.rank,
      lines: new LogReader(file).read(),
    }));
    return { exitCode: ExitCode.done, document: { run: record.id, logs: printed }, text: '' };
  }
  const print = makePrinter((text) => void context.stdout.write(text), context.interactive);
  if (!follow) {
    logPrinter(path, { print, choice }).print();
    return { exitCode: ExitCode.done, document: { run: record.id, logs: [] }, text: '' };
  }
  const { state, attended, batch } = briefStatusOf(path);
  if (state === 'released' && !attended && !batch) {
    // No other process fetches new output, so this one writes it into the run's folder, like attach.
    const show = logPrinter(path, { print, choice });
    show.print();
    await comeBackTo(path, {
      mode: 'follow',
      env: context.env,
      reporter: () => ({ update() {}, line: () => show.print(), notice() {} }),
    });
    show.print();
  } else await followLogs(path, { print, choice, refresh: () => catchUp(path, context) });
  return { exitCode: ExitCode.done, document: { run: record.id, logs: [] }, text: '' };
}
