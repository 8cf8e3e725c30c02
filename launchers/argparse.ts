import { RampcheckError } from '../src/errors.ts';
import { nearest } from '../src/nearest.ts';
import type { LauncherFlag } from './launcher.ts';

/** A flag of the command, with its words unchanged. */
export interface Given {
  flag: LauncherFlag;
  value: string | undefined;
  words: readonly string[];
}

export interface LauncherWords {
  given: Given[];
  /** True if a bare `--` separates the launcher's words from the script. */
  separated: boolean;
  /** The index of the script in the vector. */
  script: number;
  /** The last value, under any of the flag's names. */
  value(name: string): string | undefined;
  has(name: string): boolean;
}

/**
 * Reads a launcher's words up to the script like Python's argparse: `--x=y`, `--x y`, `-xy`, unambiguous
 * prefixes, `--` before the script. The rest belongs to the script.
 *
 * @throws RampcheckError if argparse would exit: unknown or ambiguous flag, missing value, no script.
 */
export function readLauncherWords(
  launcher: string,
  flags: readonly LauncherFlag[],
  argv: readonly string[],
  start: number,
): LauncherWords {
  const given: Given[] = [];
  let at = start;
  let separated = false;
  for (let word = argv[at]; word !== undefined; word = argv[at]) {
    if (word === '--') {
      separated = true;
      at++;
      break;
    }
    const options = optionsIn(launcher, flags, word);
    if (!options) break;
    at++;
    const last = options.at(-1);
    const words = [word];
    if (last?.flag.takesValue && last.value === undefined) {
      const value = argv[at];
      if (value === undefined || value === '--' || optionsIn(launcher, flags, value)) {
        throw new RampcheckError('launcher-flag-value', `${launcher}: ${word} needs a value`);
      }
      last.value = value;
      words.push(value);
      at++;
    }
    options.forEach((option, i) => {
      given.push({ ...option, words: i === 0 ? words : [] });
    });
  }
  if (argv[at] === undefined) {
    throw new RampcheckError('no-script', `${launcher}: the training script is missing`, {
      hint: `${launcher} [${launcher}'s own options] train.py [the script's arguments]`,
    });
  }
  const find = (name: string) => given.findLast(({ flag }) => flag.names.includes(name));
  return {
    given,
    separated,
    script: at,
    value: (name) => find(name)?.value,
    has: (name) => find(name) !== undefined,
  };
}

interface Option {
  flag: LauncherFlag;
  value: string | undefined;
}

/** The options in one word (`-qm` is two); undefined if the word is not an option but the script. */
function optionsIn(launcher: string, flags: readonly LauncherFlag[], word: string): Option[] | undefined {
  if (!word.startsWith('-') || word === '-') return undefined;
  const [name = '', value] = splitValue(word);
  const exact = flags.find(({ names }) => names.includes(name));
  if (exact) return [withValue(launcher, exact, name, value)];
  if (!word.startsWith('--')) {
    const short = flags.find(({ names }) => names.includes(word.slice(0, 2)));
    if (short?.takesValue) return [{ flag: short, value: word.slice(2) }];
    const rest = short ? optionsIn(launcher, flags, `-${word.slice(2)}`) : undefined;
    if (short && rest) return [{ flag: short, value: undefined }, ...rest];
  }
  if (word.startsWith('--')) {
    const matches = flags.filter(({ names }) => names.some((known) => known.startsWith(name)));
    const [match, other] = matches;
    if (match && !other) return [withValue(launcher, match, name, value)];
    if (match) {
      const names = matches.flatMap((flag) => flag.names).filter((known) => known.startsWith(name));
      throw new RampcheckError(
        'launcher-flag-ambiguous',
        `${launcher}: ${name} may be ${names.join(' or ')}`,
      );
    }
  }
  // argparse treats negative numbers and words with a blank as positionals.
  if (/^-\d+$|^-\d*\.\d+$/.test(word) || word.includes(' ')) return undefined;
  const close = nearest(
    name,
    flags.flatMap(({ names }) => names),
  );
  throw new RampcheckError('launcher-flag-unknown', `${launcher} has no option ${name}`, {
    hint: close.length
      ? `did you mean ${close.join(' or ')}? Arguments of the script go after it`
      : 'arguments of the script go after it',
  });
}

function withValue(launcher: string, flag: LauncherFlag, name: string, value: string | undefined): Option {
  if (value !== undefined && !flag.takesValue) {
    throw new RampcheckError(
      'launcher-flag-value',
      `${launcher}: ${name} does not take a value, but '${value}' is given`,
    );
  }
  return { flag, value };
}

/** `--x=y` as ['--x', 'y']; the value may hold further equals signs. */
function splitValue(word: string): [string, string?] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
}
