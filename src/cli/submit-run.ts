import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { RampcheckError } from '../errors.ts';
import { makePlan } from '../plan/plan.ts';
import { meeting } from '../submit/bundle.ts';
import type { Submission, Submitter } from '../submit/engine.ts';
import { engineNamed, refuseForeign } from '../submit/engines.ts';
import { submitOptions } from './options.ts';
import { prepare, refusal } from './prepare.ts';
import { withRunFile } from './run-file-input.ts';
import { submittedResult } from './submitted.ts';

type SubmitValues = Values<typeof submitOptions>;
type SubmitInput = CommandInput<SubmitValues>;

/** `rampcheck submit`: reads and checks the job like `launch`, and passes it to an engine that queues it. */
export async function submitRun(input: SubmitInput, context: Context): Promise<CommandResult> {
  const { options } = input;
  const engine = engineNamed(options.to);
  refuseForeign(engine, input.given);
  const members = membersOf(input, context);
  const [first, ...others] = await Promise.all(members.map((one) => submissionOf(one, engine.name, context)));
  if (!first) throw new RampcheckError('bad-option', '--array names no run file');
  for (const submission of [first, ...others]) {
    const refused = refusal(submission, options, 'queued', context);
    if (refused) return refused;
  }
  const submitter = submitterOf(first, input, context);
  // The engine's type is derived from the same table that they were read with.
  const values = options as never;
  if (others.length === 0) {
    return submittedResult(await engine.submit(first, values, submitter), first, context);
  }
  if (engine.submitArray) {
    const submitted = await engine.submitArray([first, ...others], values, submitter);
    return submittedResult(submitted, first, context);
  }
  throw new RampcheckError('bad-option', `--array: a ${engine.title} job holds one run`, {
    hint: 'submit each run file separately, with --run-file',
  });
}

/** For a run that is followed, the training's output goes to standard output and everything else to standard error. */
function submitterOf({ redact }: Submission, { options }: SubmitInput, context: Context): Submitter {
  const { quiet, json } = options;
  const output = json === true ? context.stderr : context.stdout;
  const write = (stream: NodeJS.WritableStream, text: string) =>
    void (quiet === true || stream.write(`${redact(text)}\n`));
  return {
    cwd: context.cwd,
    env: context.env,
    say: (text) => write(context.stderr, text),
    line: (text) => write(output, text),
  };
}

/** The run of the command line, or the runs of --array. */
function membersOf(input: SubmitInput, context: Context): SubmitInput[] {
  const { array } = input.options;
  return array?.map((file) => withRunFile(file, input, submitOptions, context)) ?? [input];
}

async function submissionOf(input: SubmitInput, queue: string, context: Context): Promise<Submission> {
  const { gpusPerNode, runDir } = input.options;
  const prepared = await prepare(input, context, { queue, gpusPerNode });
  return { ...prepared, runDir, plan: makePlan(prepared.job, { ...prepared.judge, meeting }) };
}
