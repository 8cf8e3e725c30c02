import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { plural } from '../plural.ts';
import { plainReporter } from '../report/plain.ts';
import type { Verdict } from '../run/verdict.ts';
import { batchOf } from '../run-folder/batch.ts';
import { stopBatch } from '../submit/batch-run.ts';
import { stopRun as stopLaunched } from '../supervise/stop-run.ts';
import { assertRegistered, chosenRun } from './one-run.ts';

/** `rampcheck stop`: exits with 0 if every node has verified that no process of the run is left. */
export async function stopRun(input: CommandInput, context: Context): Promise<CommandResult> {
  const { id: run, path } = chosenRun(input, context);
  assertRegistered(path, context);
  const { verdict, already, swept } = batchOf(path)
    ? { ...(await stopBatch(path, context.env)), swept: 0 }
    : await stopLaunched(path, {
        env: context.env,
        reporter: (_, redact) =>
          plainReporter({
            output: null,
            say: (text) => void (input.options.quiet || context.stderr.write(`${redact(text)}\n`)),
            verbose: false,
          }),
      });
  const dirty = verdict?.nodes.filter(({ nothing_left }) => !nothing_left).map(({ name }) => name) ?? [];
  if (!already && dirty.length > 0) {
    throw new RampcheckError(
      'not-stopped',
      `could not verify on ${dirty.join(', ')} that every process is gone`,
      {
        hint: `run rampcheck stop ${run} again when the node can be reached`,
        exitCode: ExitCode.nodeLost,
      },
    );
  }
  return {
    exitCode: ExitCode.done,
    document: { run, path, already, verdict: verdict ?? null, swept },
    text: `${sentence(run, already, verdict, swept)}\n`,
  };
}

function sentence(run: string, already: boolean, verdict: Verdict | undefined, swept: number): string {
  if (already) return `${run} had already ended: ${verdict?.state}`;
  const count = verdict ? verdict.nodes.reduce((sum, node) => sum + node.processes_stopped, 0) : swept;
  const nodes = verdict ? ` on ${plural(verdict.nodes.length, 'node')}` : '';
  return `${run} is stopped: ${plural(count, 'process')} ended${nodes}; verified: no process is left`;
}
