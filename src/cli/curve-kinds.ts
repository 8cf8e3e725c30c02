import { badOption } from '../command/kinds.ts';
import type { ValueKind } from '../command/option.ts';
import { RampcheckError } from '../errors.ts';

/** A positive number such as 1e-5. */
export const learningRate: ValueKind<number> = {
  placeholder: 'lr',
  read: (text, flag) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
    throw new RampcheckError(
      'bad-learning-rate',
      `${flag} needs a positive number such as 1e-5, not '${text}'`,
    );
  },
};

/** A schedule's arguments as a JSON object. */
export const parameters: ValueKind<Record<string, unknown>> = {
  placeholder: 'json',
  read: (text, flag) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new RampcheckError('bad-option', `${flag} is not JSON: ${(error as Error).message}`, {
        hint: `write it in single quotes: ${flag} '{"num_warmup_steps": 10}'`,
        cause: error,
      });
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    throw badOption(`${flag} needs a JSON object of arguments, not ${text.slice(0, 40)}`);
  },
};

/** Optimizer steps and ranges of them: `0,1,2`, `0-9,99`. */
export const stepList: ValueKind<number[]> = {
  placeholder: 'list',
  read: (text, flag) =>
    text.split(',').flatMap((part) => {
      const [, from, to] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
      const [first, last] = [Number(from), Number(to ?? from)];
      if (from === undefined || !Number.isSafeInteger(last) || last < first || last - first > 10_000_000) {
        throw badOption(`${flag} needs optimizer steps from 0 on, such as 0,1,2 or 0-9, not '${part}'`);
      }
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    }),
};
