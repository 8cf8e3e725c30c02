import { relative } from 'node:path';

/** A path for messages: relative to `cwd` if it is below it, else absolute. */
export function shownPath(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below === '' || /^\.\.(\/|$)/.test(below) ? path : below;
}
