import type { Location } from '../errors.ts';

/** One argument of the script, from the command line or a file. */
export interface Setting {
  /** With underscores: learning_rate. */
  name: string;
  /** A string if it comes from the command line; from a file, the parsed value. */
  value: unknown;
  /** As it is written: "--learning_rate 1e-5", "learning_rate: 1e-5". */
  text: string;
  source: 'command' | 'json' | 'yaml';
  location?: Location;
  /** The line of the file that contains it. */
  line?: string;
}

/** Something that affects the run and that rampcheck cannot read. */
export interface Unread {
  what: string;
  why: string;
}

/**
 * The options in a script's argument vector: `--x y` or `--x=y`; a bare `--x` has the value undefined. Words that do not belong to
 * an option are ignored.
 */
export function settingsOfArgv(args: readonly string[]): Setting[] {
  return args.flatMap((word, at): Setting[] => {
    const [, option = '', value] = /^--([A-Za-z][\w.-]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
    if (option === '') return [];
    // argparse accepts either spelling, but no mixture of both.
    const name = option.includes('_') ? option : option.replaceAll('-', '_');
    const next = args[at + 1];
    if (value !== undefined) return [{ name, value, text: word, source: 'command' }];
    if (next === undefined || /^--?[a-z]/i.test(next))
      return [{ name, value: undefined, text: word, source: 'command' }];
    return [{ name, value: next, text: `${word} ${next}`, source: 'command' }];
  });
}
