import type { Location } from '../errors.ts';

/** A JSON or YAML file that contains an object, with the location of every value. */
export interface StructuredFile {
  /** The path as it is written in the command. */
  path: string;
  text: string;
  value: Record<string, unknown>;
  /** The location of the value at a key path, or undefined if there is none. locate(['scheduler','type']). */
  locate(keyPath: readonly (string | number)[]): Location | undefined;
  /** The first and last line of the entry at a key path, including its name. */
  lines(keyPath: readonly (string | number)[]): { first: number; last: number } | undefined;
  /** The value as it is written: `3.0`, which is 3 as a number. */
  source(keyPath: readonly (string | number)[]): string | undefined;
  /** Names that appear a second time in the same object. */
  duplicates: readonly { name: string; location: Location; line: string }[];
}

/** The line of a file's text that contains a location, without its line break. */
export function lineAt({ text }: Pick<StructuredFile, 'text'>, { line = 1 }: Location): string {
  return (text.split('\n')[line - 1] ?? '').replace(/\r$/, '');
}
