import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RampcheckError } from '../errors.ts';
import { readNamedFile } from '../files/read-file.ts';
import { formats } from './index.ts';
import type { LoggedRate, LogHints } from './log.ts';

/** The rates of one log file. */
export interface Log {
  file: string;
  format: string;
  rates: LoggedRate[];
}

/**
 * Reads a log in any known format. For a folder, it reads the trainer_state.json in it or in its last checkpoint.
 *
 * @throws RampcheckError `log-unreadable`, `log-without-rates`, `log-without-steps`.
 */
export function readLog(path: string, cwd: string, hints: LogHints): Log {
  const file = isFolder(resolve(cwd, path)) ? stateIn(path, cwd) : path;
  const text = readNamedFile(cwd, file, { code: 'log-unreadable', what: 'the log' });
  for (const format of formats) {
    const rates = format.read(text, hints);
    if (rates.length > 0) return { file, format: format.name, rates };
  }
  throw new RampcheckError('log-without-rates', `${file} contains no learning rate in a known format`, {
    location: { file },
    hint: `known formats: ${formats.map(({ name }) => name).join(', ')}`,
  });
}

function stateIn(path: string, cwd: string): string {
  const folder = resolve(cwd, path);
  const checkpoints = readdirSync(folder)
    .flatMap((name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? [])
    .sort((a, b) => Number(b) - Number(a))
    .map((step) => `checkpoint-${step}`);
  const found = ['', ...checkpoints].find((name) => existsSync(join(folder, name, 'trainer_state.json')));
  if (found === undefined) {
    throw new RampcheckError('log-unreadable', `there is no trainer_state.json in ${path}`, {
      location: { file: path },
      hint: 'name the log file itself',
    });
  }
  return join(path, found, 'trainer_state.json');
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
