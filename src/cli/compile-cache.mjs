// Plain JavaScript: it runs before anything that has to be compiled, on a Node of any age.
import { lstatSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Turns on Node's cache of compiled modules, in a folder that only this user can write to. Node's own place for it is below the
 * temporary folder, where another user can make it first: what stands in it is run.
 */
export function enableOwnCompileCache(env = process.env) {
  const folder = ownCacheFolder(env);
  if (folder !== undefined) module.enableCompileCache?.(folder);
}

/**
 * Returns the folder for compiled modules, made where it is missing; undefined where none is this user's alone (no home, a read-only
 * one, a folder that others can write to).
 *
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {string | undefined}
 */
export function ownCacheFolder(env) {
  try {
    const folder = join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'rampcheck', 'compiled');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return [folder, dirname(folder)].every(isOursAlone) && isSafe(dirname(dirname(folder)))
      ? folder
      : undefined;
  } catch {
    return undefined;
  }
}

function isOursAlone(path) {
  const { uid, mode } = lstatSync(path);
  return lstatSync(path).isDirectory() && uid === process.getuid?.() && (mode & 0o022) === 0;
}

/** Whether nobody else can put another folder in the place of one below this: its owner, root, or a sticky bit prevents it. */
function isSafe(path) {
  const { uid, mode } = lstatSync(path);
  const mine = uid === process.getuid?.() || uid === 0;
  return mine && ((mode & 0o022) === 0 || (mode & 0o1000) !== 0);
}
