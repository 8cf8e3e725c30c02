import { mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { files } from '../contract/contract.ts';
import { RampcheckError } from '../errors.ts';

/** A run that this user has started: its name and its folder. */
export interface KnownRun {
  id: string;
  path: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** One symbolic link per run, in the user's own state folder (mode 0700). */
export function registryPath(env: Environment): string {
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'rampcheck', 'runs');
}

/** Registers a run for later commands from any terminal. If the home directory is full or read-only, only the registration is lost. */
export function registerRun({ id, path }: KnownRun, env: Environment): boolean {
  try {
    mkdirSync(registryPath(env), { recursive: true, mode: 0o700 });
    symlinkSync(path, join(registryPath(env), id));
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns whether this user has started the run of a folder. Only then are the folder's settings for its nodes (an SSH configuration
 * with a ProxyCommand, for example) used: another user may have sent the folder.
 */
export function isRegistered(path: string, env: Environment): boolean {
  try {
    const { dev, ino } = statSync(path);
    return knownRuns(env).some((run) => {
      const known = statSync(run.path);
      return known.dev === dev && known.ino === ino;
    });
  } catch {
    return false;
  }
}

/** The runs with existing folders, the newest first. */
export function knownRuns(env: Environment): KnownRun[] {
  const folder = registryPath(env);
  return namesIn(folder)
    .sort()
    .reverse()
    .map((id) => ({ id, path: targetOf(join(folder, id)) }))
    .filter(({ path }) => isRunFolder(path));
}

/**
 * Finds a run by its name, by a unique beginning or end of it, or by its folder. Without a word: the newest of
 * `preferred` (for example the active runs), or else the newest of all.
 *
 * @throws RampcheckError `no-runs`, `no-such-run` or `run-ambiguous` (exit 2)
 */
export function findRun(
  word: string | undefined,
  env: Environment,
  cwd: string,
  preferred: (run: KnownRun) => boolean = () => false,
): KnownRun {
  const runs = knownRuns(env);
  if (word !== undefined && (word.includes('/') || isRunFolder(join(cwd, word)))) {
    const path = word.startsWith('/') ? word : join(cwd, word);
    if (isRunFolder(path)) {
      const real = statSync(path).ino;
      return runs.find((run) => statSync(run.path).ino === real) ?? { id: path, path };
    }
    throw new RampcheckError('no-such-run', `${word} is not the folder of a run`, {
      hint: `a run's folder contains ${files.record}; rampcheck ps --all lists the runs`,
    });
  }
  if (runs.length === 0) {
    throw new RampcheckError('no-runs', 'no runs are known on this machine', {
      hint: 'start one with rampcheck launch -- …; give the folder of a run of another machine',
    });
  }
  if (word === undefined) return runs.find(preferred) ?? (runs[0] as KnownRun);
  const exact = runs.find(({ id }) => id === word);
  const fitting = exact ? [exact] : runs.filter(({ id }) => id.startsWith(word) || id.endsWith(word));
  const [run] = fitting;
  if (run && fitting.length === 1) return run;
  if (run) {
    throw new RampcheckError('run-ambiguous', `'${word}' matches ${fitting.length} runs`, {
      hint: `one of ${fitting
        .slice(0, 4)
        .map(({ id }) => id)
        .join(', ')}`,
    });
  }
  throw new RampcheckError('no-such-run', `none of your runs is named '${word}'`, {
    hint: `the newest is ${runs[0]?.id}; rampcheck ps --all lists all`,
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isSymbolicLink())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

/** The target of a link; undefined if the link no longer exists. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

/** A folder that is gone or unreachable, or a link to itself, does not count. */
function isRunFolder(path: string): boolean {
  try {
    return path !== '' && statSync(join(path, files.record)).isFile();
  } catch {
    return false;
  }
}
