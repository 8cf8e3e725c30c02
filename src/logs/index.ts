import { deepspeedOutput } from './deepspeed.ts';
import { lightningMetrics } from './lightning.ts';
import type { LogFormat } from './log.ts';
import { trainerOutput } from './trainer-output.ts';
import { trainerState } from './trainer-state.ts';

/**
 * Every format that is read, in the order in which they are tried: a log that contains several (DeepSpeed under the Trainer) is read as
 * the first of them. To add one, write its file and add a line here.
 */
export const formats: readonly LogFormat[] = [trainerState, lightningMetrics, deepspeedOutput, trainerOutput];
