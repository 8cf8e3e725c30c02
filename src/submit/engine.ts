import type { Finding } from '../checks/finding.ts';
import type { OptionTable, Values } from '../command/option.ts';
import type { CallbackSettings, Expect } from '../contract/settings.ts';
import type { Job } from '../job/job.ts';
import type { Plan } from '../plan/plan.ts';
import type { JudgeOptions } from '../run/judge.ts';
import type { Verdict } from '../run/verdict.ts';
import type { Batch } from '../run-folder/batch.ts';
import type { BatchValues } from './options.ts';
import type { Ending } from './settle.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is submitted, the same for every engine. Nothing has been created yet. */
export interface Submission {
  job: Job;
  /** Made with `meeting` (bundle.ts). */
  plan: Plan;
  findings: readonly Finding[];
  settings: CallbackSettings;
  judge: JudgeOptions;
  expect: readonly Expect[];
  /** --report-timeout: seconds without a new rank reporting after which a missing one ends the run. */
  reportTimeout: number;
  /** --run-dir */
  runDir: string | undefined;
  redact(text: string): string;
}

/** Who submits: the directory and environment, and where to report progress. */
export interface Submitter {
  cwd: string;
  env: Environment;
  /** Prints a sentence for the user. */
  say(text: string): void;
  /** Prints a line of the training's output, for a run that is followed. */
  line(text: string): void;
}

/** A submitted run: its name, its folder on this machine, and its number or name in the engine. */
export interface SubmittedRun {
  run: string;
  path: string;
  job: string;
}

/** The result of a submission. */
export type Submitted =
  /** --dry-run: what would be submitted, as data and as the text that the engine reads. Secrets are masked, except for the run's token. */
  | { kind: 'shown'; document: Record<string, unknown>; text: string }
  /** --test-only: the engine's message that it accepts the job. */
  | { kind: 'accepted'; document: Record<string, unknown>; text: string }
  /** Queued in the engine, and not followed. */
  | { kind: 'queued'; runs: readonly SubmittedRun[] }
  /** Followed until a signal. */
  | { kind: 'left'; run: SubmittedRun }
  /** Followed to its end. */
  | { kind: 'ended'; run: SubmittedRun; verdict: Verdict };

/** The state of a run according to its engine. */
export interface Standing {
  phase: Batch['phase'];
  /** In the engine's own words. */
  words: string;
  /** Set at the end: reported by the run's coordinator, or by the engine if the coordinator is gone. */
  ending?: Ending | undefined;
}

/** The options of `submit` for an engine: the common ones and its own. */
export type EngineValues<Options> = BatchValues & Options;

/** The description of a batch engine; its implementation is imported when it is used. */
export interface Engine<Options = never> {
  /** Its name for `submit --to`. */
  name: string;
  /** Its name in messages. */
  title: string;
  /** Options of `submit` that only it understands. */
  options: OptionTable;
  /** What to use instead of other engines' options, by their names. */
  instead: Readonly<Record<string, string>>;
  /**
   * Submits the run, or with `options.dryRun` only builds what it would submit.
   *
   * @throws RampcheckError before anything is queued; nothing is left behind.
   */
  submit(submission: Submission, options: EngineValues<Options>, submitter: Submitter): Promise<Submitted>;
  /** The same for several runs as one job array; absent if the engine has no job arrays. */
  submitArray?(
    submissions: readonly [Submission, ...Submission[]],
    options: EngineValues<Options>,
    submitter: Submitter,
  ): Promise<Submitted>;
  /**
   * Asks the engine for the state of a run.
   *
   * @throws RampcheckError if the engine does not answer.
   */
  refresh(path: string, batch: QueuedBatch, env: Environment): Promise<Standing>;
  /**
   * Ends a run and returns when its job has ended.
   *
   * @throws RampcheckError `not-stopped` (exit 92) with the engine's own message.
   */
  stop(path: string, batch: QueuedBatch, env: Environment): Promise<Standing>;
}

/** A run under its number or name in the engine. */
export type QueuedBatch = Batch & { job: string };

/** An engine with the values of its options. */
export function defineEngine<Table extends OptionTable>(
  definition: Engine<Values<Table>> & { options: Table },
): Engine {
  return definition;
}
