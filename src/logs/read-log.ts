import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RampcheckError } from '../errors.ts';
import { statIfAny } from '../files/read-bounded.ts';
import { readNamedFile } from '../files/read-file.ts';
import { formats } from './index.ts';
import type { LoggedRate, LogHints } from './log.ts';

/** The rates of one log file. */
export interface Log {
  file: string;
  format: string;
  rates: LoggedRate[];
}

/** A log of a long run is read as a whole; JavaScript has no longer texts. */
const MOST_LOG_BYTES = 500 * 1024 * 1024;

/**
 * Reads a log in any known format. For a folder, it reads the trainer_state.json in it or in its last checkpoint.
 *
 * @throws RampcheckError `log-unreadable`, `log-without-rates`, `log-without-steps`.
 */
export function readLog(path: string, cwd: string, hints: LogHints): Log {
  const file = isFolder(resolve(cwd, path)) ? stateIn(path, cwd) : path;
  const text = readNamedFile(cwd, file, { code: 'log-unreadable', what: 'the log', most: MOST_LOG_BYTES });
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
  return statIfAny(path)?.isDirectory() === true;
}
