import { aheadOfUpdates } from './ahead-of-updates.ts';
import { argumentsDropped } from './arguments-dropped.ts';
import { batchRampUp } from './batch-ramp-up.ts';
import { type Budget, curvesOf } from './curves.ts';
import { decayFromStart } from './decay-from-start.ts';
import { deepspeedDefault } from './deepspeed-default.ts';
import { deepspeedLeastWarmup } from './deepspeed-least-warmup.ts';
import { deepspeedSchedulerDiffers, deepspeedSchedulerReplaces } from './deepspeed-scheduler-replaces.ts';
import type { Diagnosis, Facts, Mode, Told } from './diagnosis.ts';
import { early } from './early.ts';
import { firstUpdateAtPeak } from './first-update-at-peak.ts';
import { flat } from './flat.ts';
import { floorClamped } from './floor-clamped.ts';
import { floorIgnored } from './floor-ignored.ts';
import { groupFloor } from './group-floor.ts';
import { groupJoinsLate } from './group-joins-late.ts';
import { groupNotScaled } from './group-not-scaled.ts';
import { groupsShifted } from './groups-shifted.ts';
import { late } from './late.ts';
import { logWarmup } from './log-warmup.ts';
import { noScheduler } from './no-scheduler.ts';
import { notStepped } from './not-stepped.ts';
import { oneRankOnly } from './one-rank-only.ts';
import { oneStepOfWarmup } from './one-step-of-warmup.ts';
import { otherArgument } from './other-argument.ts';
import { otherPeak } from './other-peak.ts';
import { otherSchedule } from './other-schedule.ts';
import { otherWarmup } from './other-warmup.ts';
import { copiedGroups, overwritten } from './overwritten.ts';
import { resumeCountedTwice } from './resume-counted-twice.ts';
import { resumeDecayedPeak } from './resume-decayed-peak.ts';
import { resumeLostLr } from './resume-lost-lr.ts';
import { resumeOldPeak } from './resume-old-peak.ts';
import { resumeOtherSchedule } from './resume-other-schedule.ts';
import { resumeOtherUnit } from './resume-other-unit.ts';
import { resumeRestarted } from './resume-restarted.ts';
import { steppedTooOften } from './stepped-too-often.ts';
import { swappedLengths } from './swapped-lengths.ts';
import { totalFactor } from './total-factor.ts';
import { totalInEpochs } from './total-in-epochs.ts';
import { totalMinusWarmup } from './total-minus-warmup.ts';
import { totalOther } from './total-other.ts';
import { totalRounding } from './total-rounding.ts';
import { unexplained } from './unexplained.ts';
import { warmupFraction } from './warmup-fraction.ts';
import { warmupMissing } from './warmup-missing.ts';

/** Failure modes, the most specific first. To add one, write its file and add a line here. */
export const modes: readonly Mode[] = [
  oneRankOnly,
  copiedGroups,
  overwritten,
  groupJoinsLate,
  firstUpdateAtPeak,
  groupsShifted,
  deepspeedSchedulerReplaces,
  deepspeedDefault,
  deepspeedLeastWarmup,
  resumeRestarted,
  resumeCountedTwice,
  resumeLostLr,
  resumeOtherSchedule,
  resumeDecayedPeak,
  resumeOtherUnit,
  resumeOldPeak,
  aheadOfUpdates,
  oneStepOfWarmup,
  steppedTooOften,
  notStepped,
  noScheduler,
  logWarmup,
  floorIgnored,
  floorClamped,
  warmupMissing,
  warmupFraction,
  decayFromStart,
  swappedLengths,
  argumentsDropped,
  otherArgument,
  late,
  early,
  batchRampUp,
  totalMinusWarmup,
  totalInEpochs,
  totalFactor,
  totalRounding,
  totalOther,
  otherWarmup,
  groupNotScaled,
  groupFloor,
  otherPeak,
  flat,
  otherSchedule,
  deepspeedSchedulerDiffers,
];

/** Values of schedules that a diagnosis may compute. The longest searches need a tenth of it, however long the run is. */
export const EVALUATIONS = 100_000;

/**
 * Returns the first failure mode that explains the facts, or the diagnosis `unexplained`. A projection for a scheduler that is stepped
 * once per update is used only if the observed values alone explain nothing.
 */
export function diagnose(told: Told, budget: Budget = { left: EVALUATIONS }): Diagnosis {
  const { declared, violation } = told;
  const facts = { ...told, curves: curvesOf(declared, violation, budget) };
  const { assumed = [], rest = [] } = violation;
  const further = () => {
    const known = { ...violation, rest: [...rest, ...assumed] };
    return explained({ ...facts, curves: curvesOf(declared, known, budget) });
  };
  return explained(facts) ?? (assumed.length > 0 ? further() : undefined) ?? unexplained(facts);
}

function explained(facts: Facts): Diagnosis | undefined {
  for (const { id, thread, explain } of modes) {
    const diagnosis = explain(facts);
    if (diagnosis) return { id, ...(thread === undefined ? {} : { thread }), ...diagnosis };
  }
  return undefined;
}
