import type { Location } from '../errors.ts';

/** A JSON or YAML file that holds an object, with the place of every value in it. */
export interface StructuredFile {
  /** As the command names it. */
  path: string;
  text: string;
  value: Record<string, unknown>;
  /** Where the value at a key path stands; undefined when the path is absent. locate(['scheduler','type']). */
  locate(keyPath: readonly (string | number)[]): Location | undefined;
  /** First and last line of the entry at a key path, name included. */
  lines(keyPath: readonly (string | number)[]): { first: number; last: number } | undefined;
  /** The value as it is written: `3.0`, which as a number is 3. */
  source(keyPath: readonly (string | number)[]): string | undefined;
  /** Names that stand a second time in the same object. */
  duplicates: readonly { name: string; location: Location; line: string }[];
}

/** The line of a file's text that a location is in, without its line break. */
export function lineAt({ text }: Pick<StructuredFile, 'text'>, { line = 1 }: Location): string {
  return (text.split('\n')[line - 1] ?? '').replace(/\r$/, '');
}
