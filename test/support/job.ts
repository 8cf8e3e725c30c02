import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Job } from '../../src/job/job.ts';
import { type JobOptions, readJob } from '../../src/read/read-job.ts';
import { scratch } from './cli.ts';

/** A folder with the files that a command names: `train.py`, and whatever is given. Gone after the test. */
export function folderWith(files: Readonly<Record<string, string>> = {}): string {
  const cwd = scratch();
  for (const [name, text] of Object.entries({ 'train.py': '', ...files })) put(join(cwd, name), text);
  return cwd;
}

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** The job of a command line in such a folder. */
export function jobOf(
  line: string,
  files?: Readonly<Record<string, string>>,
  options: JobOptions = {},
  env: Readonly<Record<string, string>> = {},
): Job {
  return readJob({ argv: line.split(' '), cwd: folderWith(files), env, options });
}
