import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode } from '../errors.ts';
import { makePrinter } from '../report/output.ts';
import { plainReporter } from '../report/plain.ts';
import { makeNodePaint, makePaint } from '../report/text.ts';
import { formatVerdict } from '../report/verdict.ts';
import type { Verdict } from '../run/verdict.ts';
import { batchOf } from '../run-folder/batch.ts';
import { isOver, statusOf } from '../run-folder/status.ts';
import { readVerdict } from '../run-folder/verdict-document.ts';
import { comeBackTo } from '../supervise/come-back.ts';
import { followLogs } from './follow-logs.ts';

import { assertRegistered, catchUp, chosenRun } from './one-run.ts';
import type { attachOptions } from './options.ts';

/** `rampcheck attach`: follows a run to its end and exits with its exit code; Ctrl-C detaches again. */
export async function attachRun(
  input: CommandInput<Values<typeof attachOptions>>,
  context: Context,
): Promise<CommandResult> {
  const { path } = chosenRun(input, context);
  const { quiet, verbose, json, ranks } = input.options;
  if (batchOf(path)) await catchUp(path, context);
  const before = statusOf(path);
  if (isOver(before)) return ended(before.verdict);
  const stream = json ? context.stderr : context.stdout;
  const print = makePrinter((text) => void stream.write(text), context.interactive && !json);
  const say = (text: string) => void (quiet || context.stderr.write(`${text}\n`));
  if (before.attended) {
    say(
      `rampcheck: process ${before.attended.pid} on ${before.attended.host} supervises ${before.run}; following`,
    );
    await followLogs(path, { print: quiet ? () => {} : print, everything: verbose === true, fromNow: true });
    return ended(readVerdict(path));
  }
  assertRegistered(path, context);
  if (before.batch) {
    const refresh = () => catchUp(path, context);
    say(`rampcheck: ${before.run} is job ${before.batch.job}; following`);
    await followLogs(path, {
      print: quiet ? () => {} : print,
      everything: verbose === true,
      fromNow: true,
      refresh,
    });
    await refresh();
    return ended(readVerdict(path));
  }
  const { verdict } = await comeBackTo(path, {
    mode: 'follow',
    env: context.env,
    reporter: (_, redact) =>
      plainReporter({
        output: quiet ? null : print,
        say: (text) => say(redact(text)),
        verbose: verbose === true,
        ranks,
        paintNode: makeNodePaint(context.color),
      }),
  });
  if (verdict.state !== 'released') return ended(verdict);
  return {
    exitCode: ExitCode.done,
    document: { run: before.run, path, ...verdict },
    text: `\ndetached: the training continues; rampcheck attach ${before.run} follows it again\n`,
  };

  function ended(final: Verdict | null | undefined): CommandResult {
    return {
      exitCode: final?.exit_code ?? ExitCode.nodeLost,
      document: { run: before.run, path, ...final },
      text: final
        ? formatVerdict(final, path, context.columns, makePaint(context.color))
        : `${before.run}: its launcher ended while it was held and wrote no verdict; its nodes have stopped it\n`,
    };
  }
}
