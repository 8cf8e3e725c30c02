import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Versions } from '../schedule/schedule.ts';
import { findProgram } from './interpreter.ts';

const libraries = ['transformers', 'deepspeed', 'accelerate', 'torch'] as const;

/**
 * Versions of the libraries in the environment of a launcher's program, read from the names of pip's metadata folders
 * in it. Nothing is started; libraries that are not found are absent.
 */
export function installedVersions(program: string, cwd: string, path: string | undefined): Versions {
  const file = findProgram(program, cwd, path);
  return file === undefined ? {} : versionsIn(join(dirname(dirname(file)), 'lib'));
}

function versionsIn(lib: string): Versions {
  const found: Versions = {};
  for (const python of entries(lib).filter((name) => /^python3[\d.]*$/.test(name))) {
    for (const packages of ['site-packages', 'dist-packages']) {
      for (const name of entries(join(lib, python, packages))) {
        const [, library, version] = /^(\w+)-(\d[\w.+!]*)\.dist-info$/.exec(name) ?? [];
        const known = libraries.find((candidate) => candidate === library);
        if (known && version !== undefined) found[known] ??= version;
      }
    }
  }
  return found;
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
