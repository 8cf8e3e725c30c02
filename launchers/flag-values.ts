import { RampcheckError } from '../src/errors.ts';

/** A launcher flag's whole number, with the flag in the message when it is none. */
export function wholeNumberOf(launcher: string, name: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new RampcheckError(
    'launcher-flag-value',
    `${launcher}: ${name} needs a whole number of at least ${least}, not '${text}'`,
  );
}

/** A TCP port that may be listened on. */
export function portOf(launcher: string, name: string, text: string): number {
  const port = wholeNumberOf(launcher, name, text, 1);
  if (port <= 65_535) return port;
  throw new RampcheckError('launcher-flag-value', `${launcher}: ${name} is ${port}, and ports end at 65535`);
}
