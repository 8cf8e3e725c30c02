import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { reportPage } from '../report/html.ts';
import { reportData } from '../report/report-data.ts';
import { catchUp, chosenRun } from './one-run.ts';
import type { reportOptions } from './options.ts';

/** `rampcheck report`: writes a page from the run's folder, where secrets are already masked. */
export async function reportRun(
  input: CommandInput<Values<typeof reportOptions>>,
  context: Context,
): Promise<CommandResult> {
  const { path } = chosenRun(input, context);
  const data = reportData(path, await catchUp(path, context));
  const { output } = input.options;
  const file = output === undefined ? join(path, 'report.html') : resolve(context.cwd, output);
  try {
    writeFileSync(file, reportPage(data), { mode: 0o600 });
  } catch (error) {
    throw new RampcheckError('report-not-written', `cannot write ${file}: ${(error as Error).message}`, {
      hint: 'choose another file with --output',
      cause: error,
    });
  }
  return { exitCode: ExitCode.done, document: { file, ...data }, text: `${file}\n` };
}
