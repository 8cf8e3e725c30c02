import type { LogFormat } from './log.ts';
import { numberedLines } from './log.ts';

const progress = /\bstep=(\d+), skipped=(\d+), lr=\[([-+.\de]+)/i;

/**
 * DeepSpeed's progress lines, `step=10, skipped=0, lr=[9.9e-06], mom=[…]`, every steps_per_print steps (DeepSpeed 0.19.8,
 * runtime/engine.py _report_progress): the first group's rate with all digits. A skipped step does not advance the schedule.
 */
export const deepspeedOutput: LogFormat = {
  name: "DeepSpeed's progress lines",
  read(text) {
    return numberedLines(text).flatMap(([line, words]) => {
      const [, step, skipped, lr] = progress.exec(words) ?? [];
      if (step === undefined || Number.isNaN(Number(lr))) return [];
      return [{ done: Number(step) - Number(skipped), lr: Number(lr), rounding: 0, line }];
    });
  },
};
