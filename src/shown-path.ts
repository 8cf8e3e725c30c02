import { relative } from 'node:path';

/** A path as a person at `cwd` would name it: what lies below is shown from there, everything else in full. */
export function shownPath(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below === '' || /^\.\.(\/|$)/.test(below) ? path : below;
}
