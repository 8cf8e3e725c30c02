import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findLauncher } from '../../launchers/index.ts';
import { programName } from '../../launchers/program.ts';
import { ExitCode, RampcheckError, type RampcheckErrorOptions } from '../errors.ts';
import { statIfAny } from '../files/read-bounded.ts';
import type { Unread } from '../job/setting.ts';
import { assertNoBrokenLine } from './broken-line.ts';
import { type Recorded, readRecords, startPrograms, writeStandIns } from './stand-ins.ts';

/** What a shell script would start, instead of starting it. */
export interface Captured {
  argv: string[];
  /** What the script adds to the environment or changes in it. */
  added: Record<string, string>;
  cwd: string;
  unread: Unread[];
}

/** A script that has not come to its launcher by then waits for something. */
const SECONDS = 60;
/** Seconds that what a script leaves in the background has behind it. */
const GRACE = 2;
/** Characters of a script's stderr that are looked at. */
const MOST_STDERR = 64_000;

/** `bash train.sh …`, `sh -x train.sh`, `./train.sh`, `bash -c '…'`: a command that only a shell can read. */
export function isShellCommand(argv: readonly string[], cwd: string): boolean {
  const [program = ''] = argv;
  if (/^(bash|sh|dash|zsh|srun)$/.test(programName(program))) return true;
  if (!program.includes('/') || /\.(py|pyc)$/.test(program)) return false;
  return /^#!.*\b(ba|da|z)?sh\b/.test(firstLine(resolve(cwd, program)));
}

/**
 * Runs a shell command with stand-ins in place of the launchers, and returns the first training that it would start. Everything else
 * in the script runs for real.
 *
 * @throws RampcheckError where the script fails, starts no training, or names a launcher by its path.
 */
export async function captureCommand(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Captured> {
  assertNoPaths(argv, cwd);
  const folder = mkdtempSync(join(tmpdir(), 'rampcheck-capture-'));
  try {
    writeStandIns(folder);
    const { code, stderr } = await runShell(argv, cwd, folder, env);
    assertNoBrokenLine(folder, { argv, cwd, stderr });
    const complaint = stderr.trim().split('\n').at(-1) ?? '';
    const { env: after, ...chosen } = chooseRecord(readRecords(folder), { argv, code, complaint });
    return { ...chosen, added: difference(env, { ...after, PATH: withoutFolder(after.PATH, folder) }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function chooseRecord(
  records: readonly Recorded[],
  { argv, code, complaint }: { argv: readonly string[]; code: number | null; complaint: string },
): Omit<Captured, 'added'> & { env: Record<string, string> } {
  const trainings = records.filter(
    (record) => !/^python/.test(programName(record.argv[0])) || startsModule(record.argv),
  );
  const [chosen, ...others] = trainings.length
    ? trainings
    : records.filter(({ argv: words }) => words.length > 1);
  if (!chosen) {
    throw new RampcheckError(
      'capture-nothing',
      `${argv.join(' ').slice(0, 80)} starts no training that rampcheck knows`,
      {
        hint:
          code === 0
            ? `it started none of ${startPrograms.join(', ')}`
            : `it ended with ${code}: ${complaint || 'without a message'}`,
      },
    );
  }
  const unread = others.map((other) => ({
    what: other.argv.slice(0, 4).join(' '),
    why: 'the script starts this too; the first training is read',
  }));
  if (code !== 0 && code !== null)
    unread.push({
      what: argv.join(' ').slice(0, 60),
      why: `the script ended with ${code} behind the launcher`,
    });
  return { argv: chosen.argv, env: chosen.env, cwd: chosen.cwd, unread };
}

/** Variables of the shell's own, and of the capture. */
const own = /^(_|SHLVL|PWD|OLDPWD|BASH_ENV|SLURM_(PROCID|NODEID|LOCALID))$/;

function difference(
  before: Readonly<Record<string, string | undefined>>,
  after: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(after).filter(
      ([name, value]) => !own.test(name) && before[name] !== value && !(name === 'PATH' && value === ''),
    ),
  );
}

function withoutFolder(path = '', folder: string): string {
  return path
    .split(':')
    .filter((part) => part !== folder)
    .join(':');
}

function startsModule(argv: readonly string[]): boolean {
  try {
    return findLauncher(argv).name !== 'python';
  } catch (error) {
    if (error instanceof RampcheckError) return false;
    throw error;
  }
}

/** A launcher that is named by its path would be started: it is refused before anything runs. */
function assertNoPaths(argv: readonly string[], cwd: string): void {
  const scripts = argv.slice(1).filter((word) => isFile(resolve(cwd, word)));
  const [crlf] = scripts.filter(
    (word) => /\r\n/.test(readFileSync(resolve(cwd, word), 'utf8')) && /\.(sh|bash)$/.test(word),
  );
  if (crlf !== undefined) {
    throw new RampcheckError(
      'capture-line-ends',
      `${crlf} has the line ends of Windows: a shell takes the \\r for a part of the last word`,
      {
        location: { file: crlf, line: 1 },
        hint: `sed -i 's/\\r$//' ${crlf}`,
      },
    );
  }
  const texts = argv.map((word) =>
    isFile(resolve(cwd, word)) ? readFileSync(resolve(cwd, word), 'utf8') : word,
  );
  const named = new RegExp(
    `(?:^|[\\s;|&(="'])((?:[\\w.~$\\{\\}-]*/)+(?:${startPrograms.join('|')}))(?=[\\s;"'])`,
    'm',
  );
  for (const text of texts) {
    const [, path] = named.exec(text) ?? [];
    if (path === undefined) continue;
    throw new RampcheckError(
      'capture-path',
      `the script starts ${path} by its path, which no stand-in can take the place of`,
      {
        hint: `write ${programName(path)}, with its folder on PATH, or give rampcheck the launcher's command itself`,
      },
    );
  }
}

function runShell(
  argv: readonly string[],
  cwd: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ code: number | null; stderr: string }> {
  const [program = 'sh', ...args] = argv;
  const child = spawn(program, args, {
    cwd,
    // Without a PATH of its own the script gets the usual one.
    env: {
      ...env,
      PATH: `${folder}:${env.PATH ?? '/usr/local/bin:/usr/bin:/bin'}`,
      BASH_ENV: join(folder, 'env.sh'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const timers: NodeJS.Timeout[] = [];
  const listeners = new Map<NodeJS.Signals, () => void>();
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-MOST_STDERR);
  });
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nothing of the group is left.
    }
  };
  return new Promise<{ code: number | null; stderr: string }>((done, fail) => {
    const end = (code: string, message: string, options: RampcheckErrorOptions) => {
      kill();
      fail(new RampcheckError(code, message, options));
    };
    const late = () =>
      end('capture-timeout', `the script was not at its end after ${SECONDS} s`, {
        hint: "give rampcheck the launcher's command itself",
      });
    timers.push(setTimeout(late, SECONDS * 1000));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const exitCode = signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated;
      listeners.set(signal, () => end('capture-interrupted', 'the script was stopped', { exitCode }));
    }
    for (const [signal, listener] of listeners) process.once(signal, listener);
    child.on('error', (cause) => {
      fail(new RampcheckError('capture-failed', `${program} cannot be started: ${cause.message}`, { cause }));
    });
    // What the script leaves in the background holds its stderr: a launcher among it has a moment to be written down.
    child.on('exit', () => timers.push(setTimeout(kill, GRACE * 1000)));
    child.on('close', (code) => done({ code, stderr }));
  }).finally(() => {
    for (const timer of timers) clearTimeout(timer);
    for (const [signal, listener] of listeners) process.off(signal, listener);
  });
}

function isFile(path: string): boolean {
  return statIfAny(path)?.isFile() === true;
}

function firstLine(path: string): string {
  try {
    return isFile(path) ? (readFileSync(path, 'latin1').split('\n', 1)[0] ?? '') : '';
  } catch {
    // A program that may be run but not read.
    return '';
  }
}
