import type { Location } from '../errors.ts';

/** One argument that the script is given, from wherever it stands. */
export interface Setting {
  /** With underscores: learning_rate. */
  name: string;
  /** A text from the command line; from a file, what its format makes of it. */
  value: unknown;
  /** As it stands there: "--learning_rate 1e-5", "learning_rate: 1e-5". */
  text: string;
  source: 'command' | 'json' | 'yaml';
  location?: Location;
  /** The line of the file that it stands in. */
  line?: string;
}

/** Something that decides the run and that rampcheck does not read. */
export interface Unread {
  what: string;
  why: string;
}

/**
 * The options in a script's own argument vector: `--x y` or `--x=y`; a bare `--x` has the value undefined. Words that belong to
 * no option are passed over.
 */
export function settingsOfArgv(args: readonly string[]): Setting[] {
  return args.flatMap((word, at): Setting[] => {
    const [, option = '', value] = /^--([A-Za-z][\w.-]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
    if (option === '') return [];
    // argparse knows the two spellings as wholes: no mixture of them.
    const name = option.includes('_') ? option : option.replaceAll('-', '_');
    const next = args[at + 1];
    if (value !== undefined) return [{ name, value, text: word, source: 'command' }];
    if (next === undefined || /^--?[a-z]/i.test(next))
      return [{ name, value: undefined, text: word, source: 'command' }];
    return [{ name, value: next, text: `${word} ${next}`, source: 'command' }];
  });
}
