import { RampcheckError } from '../errors.ts';
import type { LogFormat } from './log.ts';
import { numberedLines } from './log.ts';

/** A dict as print() and the progress bar write it; the rate is a text of four digits since transformers 5. */
const printed = /\{[^{}]*'learning_rate': ('?)([-+.\de]+)\1[,}][^{}]*\}?/i;

/**
 * What the Hugging Face Trainer prints: `{'loss': '2.71', 'learning_rate': '9.9e-06', 'epoch': '0.5'}` with four significant digits in
 * transformers 5, a Python float to its last digit before (transformers 5.23.0 and 4.57.6, trainer_callback.py on_log). No line says its
 * step: the n-th one stands behind n × logging_steps.
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
        `the Trainer's lines do not say their optimizer step, and nothing says how many steps are between two`,
        {
          hint:
            'give --logging-steps N, or the command behind --; the trainer_state.json in a checkpoint holds every step, ' +
            'with all digits',
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
