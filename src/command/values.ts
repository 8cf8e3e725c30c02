import { RampcheckError } from '../errors.ts';

/** A parser for whole numbers of at least `least`. */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new RampcheckError(
        'bad-option',
        `${option} needs a whole number of at least ${least}, not '${text}'`,
      );
    }
    return value;
  };
}

/** A parser for one of a few words. */
export function oneOf(option: string, words: readonly string[]): (text: string) => string {
  return (text) => {
    if (words.includes(text)) return text;
    throw new RampcheckError('bad-option', `${option} is one of ${words.join(', ')}, not '${text}'`);
  };
}

/** A parser for an option that may be given several times. */
export function repeated(text: string, previous: unknown): string[] {
  return [...((previous as string[] | undefined) ?? []), text];
}

/** A parser for `all`, or ranks and ranges of ranks: `0,8-15`. */
export function rankList(option: string): (text: string) => number[] | 'all' {
  return (text) => {
    if (text === 'all') return text;
    const ranks = text.split(',').flatMap((part) => {
      const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
      const length = Number(last) - Number(first) + 1;
      if (first === undefined || length < 1 || length > 65_536) {
        throw new RampcheckError('bad-option', `${option} is all, or ranks such as 0,8-15, not '${text}'`);
      }
      return Array.from({ length }, (_, index) => Number(first) + index);
    });
    return [...new Set(ranks)];
  };
}
