import { accelerateAccumulationOverridden } from './accelerate-accumulation-overridden.ts';
import { accelerateConfigDoubled } from './accelerate-config-doubled.ts';
import { accelerateConfigUnknownKey } from './accelerate-config-unknown-key.ts';
import { accelerateOneProcessAMachine } from './accelerate-one-process-a-machine.ts';
import { accelerateProcessesDoNotDivide } from './accelerate-processes-do-not-divide.ts';
import { argumentAbbreviated } from './argument-abbreviated.ts';
import { argumentGivenTwice } from './argument-given-twice.ts';
import { argumentMisspelled } from './argument-misspelled.ts';
import { argumentRemoved } from './argument-removed.ts';
import { autoFindBatchSize } from './auto-find-batch-size.ts';
import { axolotlExtrasDropped } from './axolotl-extras-dropped.ts';
import { axolotlRendezvousId } from './axolotl-rendezvous-id.ts';
import { batchSizesDoNotMultiply } from './batch-sizes-do-not-multiply.ts';
import { deepspeedAutoNotFilled } from './deepspeed-auto-not-filled.ts';
import { deepspeedAutoWithoutTrainer } from './deepspeed-auto-without-trainer.ts';
import { deepspeedBatchMissing } from './deepspeed-batch-missing.ts';
import { deepspeedClientSchedulerWins } from './deepspeed-client-scheduler-wins.ts';
import { deepspeedClippingAbsent } from './deepspeed-clipping-absent.ts';
import { deepspeedDefaultPeak } from './deepspeed-default-peak.ts';
import { deepspeedDefaultWarmupSteps } from './deepspeed-default-warmup-steps.ts';
import { deepspeedDuplicateKey } from './deepspeed-duplicate-key.ts';
import { deepspeedEnvFile } from './deepspeed-env-file.ts';
import { deepspeedFirstStepFullLr } from './deepspeed-first-step-full-lr.ts';
import { deepspeedLogWarmup } from './deepspeed-log-warmup.ts';
import { deepspeedNumberInQuotes } from './deepspeed-number-in-quotes.ts';
import { deepspeedOptimizerDefaultLr } from './deepspeed-optimizer-default-lr.ts';
import { deepspeedOptimizerDropsGroups } from './deepspeed-optimizer-drops-groups.ts';
import { deepspeedSchedulerArguments } from './deepspeed-scheduler-arguments.ts';
import { deepspeedSchedulerFlattensGroups } from './deepspeed-scheduler-flattens-groups.ts';
import { deepspeedSchedulerReplaces } from './deepspeed-scheduler-replaces.ts';
import { deepspeedSchedulerUnknown } from './deepspeed-scheduler-unknown.ts';
import { deepspeedTotalBelowWarmup } from './deepspeed-total-below-warmup.ts';
import { deepspeedTwoZeroSteps } from './deepspeed-two-zero-steps.ts';
import { deepspeedUnknownKey } from './deepspeed-unknown-key.ts';
import { deepspeedWarmupStepsNotWhole } from './deepspeed-warmup-steps-not-whole.ts';
import { deepspeedWarmupTypeUnknown } from './deepspeed-warmup-type-unknown.ts';
import { deepspeedZeroMissing } from './deepspeed-zero-missing.ts';
import { environmentNotPassed } from './environment-not-passed.ts';
import type { Rule } from './finding.ts';
import { fusedOptimizerHidesSkips } from './fused-optimizer-hides-skips.ts';
import { greedyFloor } from './greedy-floor.ts';
import { launcherOptionGivenTwice } from './launcher-option-given-twice.ts';
import { layerwiseOptimizer } from './layerwise-optimizer.ts';
import { learningRateNotPositive } from './learning-rate-not-positive.ts';
import { llamafactoryMasterPort } from './llamafactory-master-port.ts';
import { localRankRefused } from './local-rank-refused.ts';
import { loggedRateIsTheNext } from './logged-rate-is-the-next.ts';
import { masterAddressLoopback } from './master-address-loopback.ts';
import { maxStepsOverEpochs } from './max-steps-over-epochs.ts';
import { minLrUnderZero } from './min-lr-under-zero.ts';
import { mismatchBatch } from './mismatch-batch.ts';
import { mismatchClipping } from './mismatch-clipping.ts';
import { mismatchOptimizer } from './mismatch-optimizer.ts';
import { mismatchPrecision } from './mismatch-precision.ts';
import { mismatchScheduler } from './mismatch-scheduler.ts';
import { moreRanksThanDevices } from './more-ranks-than-devices.ts';
import { noTrainingSteps } from './no-training-steps.ts';
import { numberIsText } from './number-is-text.ts';
import { oneHostRunsLocally } from './one-host-runs-locally.ts';
import { packingTotal } from './packing-total.ts';
import { pdshManglesArguments } from './pdsh-mangles-arguments.ts';
import { plateauNeedsEvaluation } from './plateau-needs-evaluation.ts';
import { resumeBatchSizeChanged } from './resume-batch-size-changed.ts';
import { resumeCheckpointMissing } from './resume-checkpoint-missing.ts';
import { resumeLearningRateIgnored } from './resume-learning-rate-ignored.ts';
import { resumeLengthChanged } from './resume-length-changed.ts';
import { resumePastEnd } from './resume-past-end.ts';
import { resumeWithoutScheduler } from './resume-without-scheduler.ts';
import { scheduleArgumentsIgnored } from './schedule-arguments-ignored.ts';
import { scheduleArgumentsRefused } from './schedule-arguments-refused.ts';
import { schedulerTypeUnknown } from './scheduler-type-unknown.ts';
import { standaloneWithManyNodes } from './standalone-with-many-nodes.ts';
import { stepCountsRefused } from './step-counts-refused.ts';
import { strayPetVariables } from './stray-pet-variables.ts';
import { swiftMaxEpochs } from './swift-max-epochs.ts';
import { swiftWarmupRefused } from './swift-warmup-refused.ts';
import { torchSchedulerUnderZero } from './torch-scheduler-under-zero.ts';
import { unevenSlots } from './uneven-slots.ts';
import { warmupGivenTwice } from './warmup-given-twice.ts';
import { warmupIgnored } from './warmup-ignored.ts';
import { warmupLongerThanRun } from './warmup-longer-than-run.ts';
import { warmupRatioOneStep } from './warmup-ratio-one-step.ts';
import { warmupRatioRemoved } from './warmup-ratio-removed.ts';
import { warmupStepsFraction } from './warmup-steps-fraction.ts';
import { warmupStepsTruncated } from './warmup-steps-truncated.ts';
import { wsdLengths } from './wsd-lengths.ts';

/** Every rule. To add one, write its file and add a line here. */
export const rules: readonly Rule[] = [
  deepspeedSchedulerReplaces,
  accelerateAccumulationOverridden,
  accelerateConfigDoubled,
  accelerateConfigUnknownKey,
  accelerateOneProcessAMachine,
  accelerateProcessesDoNotDivide,
  argumentAbbreviated,
  argumentGivenTwice,
  argumentMisspelled,
  argumentRemoved,
  autoFindBatchSize,
  axolotlExtrasDropped,
  axolotlRendezvousId,
  batchSizesDoNotMultiply,
  deepspeedAutoNotFilled,
  deepspeedAutoWithoutTrainer,
  deepspeedBatchMissing,
  deepspeedClientSchedulerWins,
  deepspeedClippingAbsent,
  deepspeedDefaultPeak,
  deepspeedDefaultWarmupSteps,
  deepspeedDuplicateKey,
  deepspeedEnvFile,
  deepspeedFirstStepFullLr,
  deepspeedLogWarmup,
  deepspeedNumberInQuotes,
  deepspeedOptimizerDefaultLr,
  deepspeedOptimizerDropsGroups,
  deepspeedSchedulerArguments,
  deepspeedSchedulerFlattensGroups,
  deepspeedSchedulerUnknown,
  deepspeedTotalBelowWarmup,
  deepspeedTwoZeroSteps,
  deepspeedUnknownKey,
  deepspeedWarmupStepsNotWhole,
  deepspeedWarmupTypeUnknown,
  deepspeedZeroMissing,
  environmentNotPassed,
  fusedOptimizerHidesSkips,
  greedyFloor,
  launcherOptionGivenTwice,
  layerwiseOptimizer,
  learningRateNotPositive,
  llamafactoryMasterPort,
  localRankRefused,
  loggedRateIsTheNext,
  masterAddressLoopback,
  maxStepsOverEpochs,
  minLrUnderZero,
  mismatchBatch,
  mismatchClipping,
  mismatchOptimizer,
  mismatchPrecision,
  mismatchScheduler,
  moreRanksThanDevices,
  noTrainingSteps,
  numberIsText,
  oneHostRunsLocally,
  packingTotal,
  pdshManglesArguments,
  plateauNeedsEvaluation,
  resumeBatchSizeChanged,
  resumeCheckpointMissing,
  resumeLearningRateIgnored,
  resumeLengthChanged,
  resumePastEnd,
  resumeWithoutScheduler,
  scheduleArgumentsIgnored,
  scheduleArgumentsRefused,
  schedulerTypeUnknown,
  standaloneWithManyNodes,
  stepCountsRefused,
  strayPetVariables,
  swiftMaxEpochs,
  swiftWarmupRefused,
  torchSchedulerUnderZero,
  unevenSlots,
  warmupGivenTwice,
  warmupIgnored,
  warmupLongerThanRun,
  warmupRatioOneStep,
  warmupRatioRemoved,
  warmupStepsFraction,
  warmupStepsTruncated,
  wsdLengths,
];
