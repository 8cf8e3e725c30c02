import { RampcheckError } from '../src/errors.ts';

/** Parses the whole number of a launcher flag; the error names the flag. */
export function wholeNumberOf(launcher: string, name: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new RampcheckError(
    'launcher-flag-value',
    `${launcher}: ${name} needs a whole number of at least ${least}, not '${text}'`,
  );
}

/** Parses a TCP port. */
export function portOf(launcher: string, name: string, text: string): number {
  const port = wholeNumberOf(launcher, name, text, 1);
  if (port <= 65_535) return port;
  throw new RampcheckError(
    'launcher-flag-value',
    `${launcher}: ${name} is ${port}, but ports go up to 65535`,
  );
}
