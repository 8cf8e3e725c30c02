import { mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { files } from '../contract/contract.ts';
import { RampcheckError } from '../errors.ts';

/** A run that this user has started: its name, and where its folder is. */
export interface KnownRun {
  id: string;
  path: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** One symbolic link per run, in the user's own state folder (mode 0700). */
export function registryPath(env: Environment): string {
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'rampcheck', 'runs');
}

/** Makes a run known to the commands that come later, from any terminal. A full or read-only home costs that, not the run. */
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
 * Returns whether a run's folder is one that this user has started. What a folder says of the way to its nodes (an SSH configuration
 * with a ProxyCommand, say) is followed only then: somebody may have sent it.
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

/** The runs whose folders still exist, the newest first. */
export function knownRuns(env: Environment): KnownRun[] {
  const folder = registryPath(env);
  return namesIn(folder)
    .sort()
    .reverse()
    .map((id) => ({ id, path: targetOf(join(folder, id)) }))
    .filter(({ path }) => isRunFolder(path));
}

/**
 * The run that a word means: its name, a beginning or an end of it that fits no other, its folder, or without a word the newest of
 * `preferred` (the runs that go on, say) and else the newest of all.
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
      hint: `a run's folder holds ${files.record}; rampcheck ps --all lists the runs`,
    });
  }
  if (runs.length === 0) {
    throw new RampcheckError('no-runs', 'no run of yours is known on this machine', {
      hint: 'rampcheck launch -- … starts one; a run of another machine is named by its folder',
    });
  }
  if (word === undefined) return runs.find(preferred) ?? (runs[0] as KnownRun);
  const exact = runs.find(({ id }) => id === word);
  const fitting = exact ? [exact] : runs.filter(({ id }) => id.startsWith(word) || id.endsWith(word));
  const [run] = fitting;
  if (run && fitting.length === 1) return run;
  if (run) {
    throw new RampcheckError('run-ambiguous', `'${word}' fits ${fitting.length} runs`, {
      hint: `one of ${fitting
        .slice(0, 4)
        .map(({ id }) => id)
        .join(', ')}`,
    });
  }
  throw new RampcheckError('no-such-run', `no run of yours is called '${word}'`, {
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

/** Where a link leads; one that is gone by now leads nowhere. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

/** A folder that is gone, out of reach or a link that leads to itself is none. */
function isRunFolder(path: string): boolean {
  try {
    return path !== '' && statSync(join(path, files.record)).isFile();
  } catch {
    return false;
  }
}
