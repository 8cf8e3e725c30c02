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

/** What is submitted, the same for every engine; nothing exists yet. */
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

/** Where something is submitted from, and who is shown what happens meanwhile. */
export interface Submitter {
  cwd: string;
  env: Environment;
  /** A sentence for the person who waits. */
  say(text: string): void;
  /** A line of the training, of a run that is followed. */
  line(text: string): void;
}

/** A run that an engine has: its name, its folder here, and its number or name there. */
export interface SubmittedRun {
  run: string;
  path: string;
  job: string;
}

/** What came of a submission. */
export type Submitted =
  /** --dry-run: what would be submitted, and the same as the text that the engine reads. Masked, but for the run's own token. */
  | { kind: 'shown'; document: Record<string, unknown>; text: string }
  /** --test-only: the engine takes it, in its own words. */
  | { kind: 'accepted'; document: Record<string, unknown>; text: string }
  /** Given to the engine; nobody here waits for it. */
  | { kind: 'queued'; runs: readonly SubmittedRun[] }
  /** Followed, until a signal said that it is enough. */
  | { kind: 'left'; run: SubmittedRun }
  /** Followed to its end. */
  | { kind: 'ended'; run: SubmittedRun; verdict: Verdict };

/** How a run stands, as its engine says. */
export interface Standing {
  phase: Batch['phase'];
  /** In the engine's own words. */
  words: string;
  /** Once there is a last word: of the run's own coordinator, or of the engine about a run whose coordinator is gone. */
  ending?: Ending | undefined;
}

/** The options of `submit` that an engine gets: every engine's, and its own. */
export type EngineValues<Options> = BatchValues & Options;

/** A batch engine. What it does is imported when it is used. */
export interface Engine<Options = never> {
  /** What `submit --to` calls it. */
  name: string;
  /** What people call it. */
  title: string;
  /** Options of `submit` that it alone understands. */
  options: OptionTable;
  /** What takes the place of other engines' options here, by their names. */
  instead: Readonly<Record<string, string>>;
  /**
   * Submits, or with `options.dryRun` makes what it would submit.
   *
   * @throws RampcheckError before anything is queued, with nothing left behind.
   */
  submit(submission: Submission, options: EngineValues<Options>, submitter: Submitter): Promise<Submitted>;
  /** The same for several runs as one job array; absent where the engine has none. */
  submitArray?(
    submissions: readonly [Submission, ...Submission[]],
    options: EngineValues<Options>,
    submitter: Submitter,
  ): Promise<Submitted>;
  /**
   * Asks the engine how a run stands.
   *
   * @throws RampcheckError where the engine does not answer.
   */
  refresh(path: string, batch: QueuedBatch, env: Environment): Promise<Standing>;
  /**
   * Ends a run, and returns when its job is over.
   *
   * @throws RampcheckError `not-stopped` (exit 92) with the engine's own words.
   */
  stop(path: string, batch: QueuedBatch, env: Environment): Promise<Standing>;
}

/** A run that the engine knows under a number or name. */
export type QueuedBatch = Batch & { job: string };

/** An engine with what its options hold. */
export function defineEngine<Table extends OptionTable>(
  definition: Engine<Values<Table>> & { options: Table },
): Engine {
  return definition;
}
