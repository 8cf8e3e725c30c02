import { RampcheckError } from '../errors.ts';
import type { LogFormat } from './log.ts';
import { numberedLines } from './log.ts';

/** A dict as print() and the progress bar write it; since transformers 5 the rate is a string with four digits. */
const printed = /\{[^{}]*'learning_rate': ('?)([-+.\de]+)\1[,}][^{}]*\}?/i;

/**
 * What the Hugging Face Trainer prints: `{'loss': '2.71', 'learning_rate': '9.9e-06', 'epoch': '0.5'}` with four significant digits in
 * transformers 5, a Python float with all its digits before (transformers 5.23.0 and 4.57.6, trainer_callback.py on_log). No line has a
 * step number: the n-th line reports step n × logging_steps.
 */
export const trainerOutput: LogFormat = {
  name: "the Trainer's output",
  read(text, { every, first, start }) {
    const found = numberedLines(text).flatMap(([line, words]) => {
      const [, quote, digits = ''] = printed.exec(words) ?? [];
      const lr = Number(digits);
      if (quote === undefined || Number.isNaN(lr)) return [];
      return [{ line, lr, rounding: quote === '' ? 0 : halfUnit(lr) }];
    });
    if (found.length === 0) return [];
    if (every === undefined) {
      throw new RampcheckError(
        'log-without-steps',
        `the Trainer's log lines carry no step number, and logging_steps is not known`,
        {
          hint:
            'give --logging-steps N, or the command after --; or read the trainer_state.json of a checkpoint, which has every step ' +
            'and all digits',
        },
      );
    }
    return found.map((rate, index) => {
      const nth = first && every > 1 ? index : index + 1;
      return { ...rate, done: start + (nth === 0 ? 1 : nth * every) };
    });
  },
};

/** `%.4g` keeps four significant digits. */
function halfUnit(lr: number): number {
  return lr === 0 ? 0 : 0.5 * 10 ** (Math.floor(Math.log10(Math.abs(lr))) - 3);
}
