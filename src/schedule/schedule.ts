/** lr(s): the learning rate that optimizer step `s` (0-based, applied updates) uses. */
export type Curve = (step: number) => number;

/** Library versions for which a curve is computed; the newest known ones are the default. */
export type Versions = Partial<Record<'transformers' | 'deepspeed' | 'accelerate' | 'torch', string>>;

/** A schedule, named as its library names it, with the library's own constructor arguments. */
export interface CurveSpec {
  /** Family: transformers, deepspeed, torch, … */
  lib: string;
  /** Schedule within the family: cosine, WarmupLR, CosineAnnealingLR, … */
  scheduler: string;
  params: Record<string, unknown>;
  /** The optimizer's learning rate when the scheduler is built: the peak of most schedules. */
  lr0: number;
}

/** What a schedule's own arguments are called, by what they mean; of several names, the one that decides comes first. */
export interface ParameterNames {
  /** Length of the warmup, in the steps that the schedule counts. */
  warmup?: readonly string[];
  /** Length of the whole run. */
  total?: readonly string[];
  /** The lowest learning rate, or its share of the peak. */
  floor?: readonly string[];
  /** The library itself refuses a warmup that is longer than the run, or shortens it. */
  checksWarmup?: true;
}

/** One schedule of a family. */
export interface ScheduleDefinition {
  name: string;
  names: ParameterNames;
  /**
   * The curve for these constructor arguments.
   * @throws RampcheckError if the library itself would refuse them, with the library's message.
   */
  curve(params: Record<string, unknown>, lr0: number, versions: Versions): Curve;
  /**
   * The same for a search over the numeric arguments: the arguments are read once, and each curve is cheap to build and gives any
   * step at once, to 1e-9 of the peak.
   * @throws RampcheckError as `curve` does; so does every variation.
   */
  vary?(params: Record<string, unknown>, lr0: number, versions: Versions): Variations;
}

/** The curve of a schedule with some of its numeric arguments replaced. */
export type Variations = (changes: Readonly<Record<string, number>>) => Curve;

/** The schedules of one library. */
export interface Family {
  name: string;
  /** Other spellings in files and options ("mosaicml" for composer). */
  aliases: readonly string[];
  schedules: readonly ScheduleDefinition[];
}
