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

/** The command that a shell script would start. */
export interface Captured {
  argv: string[];
  /** Variables that the script adds or changes. */
  added: Record<string, string>;
  cwd: string;
  unread: Unread[];
}

/** The time limit for a script: after this long it is probably waiting for something (seconds). */
const SECONDS = 60;
/** How long to wait for what a script leaves in the background (seconds). */
const GRACE = 2;
/** How many characters of a script's stderr are kept. */
const MOST_STDERR = 64_000;

/** `bash train.sh …`, `sh -x train.sh`, `./train.sh`, `bash -c '…'`: commands that only a shell can interpret. */
export function isShellCommand(argv: readonly string[], cwd: string): boolean {
  const [program = ''] = argv;
  if (/^(bash|sh|dash|zsh|srun)$/.test(programName(program))) return true;
  if (!program.includes('/') || /\.(py|pyc)$/.test(program)) return false;
  return /^#!.*\b(ba|da|z)?sh\b/.test(firstLine(resolve(cwd, program)));
}

/**
 * Runs a shell command with stand-ins instead of the launchers, and returns the first training that it would start. Everything else
 * in the script runs for real.
 *
 * @throws RampcheckError if the script fails, starts no training, or calls a launcher by its path.
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
      `${argv.join(' ').slice(0, 80)} does not start a training that rampcheck recognises`,
      {
        hint:
          code === 0
            ? `it did not start any of ${startPrograms.join(', ')}`
            : `it exited with ${code}: ${complaint || 'without a message'}`,
      },
    );
  }
  const unread = others.map((other) => ({
    what: other.argv.slice(0, 4).join(' '),
    why: 'the script also starts this; only the first training is read',
  }));
  if (code !== 0 && code !== null)
    unread.push({
      what: argv.join(' ').slice(0, 60),
      why: `the script exited with ${code} after the launcher`,
    });
  return { argv: chosen.argv, env: chosen.env, cwd: chosen.cwd, unread };
}

/** Variables of the shell and of the capture itself. */
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

/** A launcher called by its path would really start, so it is refused before anything runs. */
function assertNoPaths(argv: readonly string[], cwd: string): void {
  const scripts = argv.slice(1).filter((word) => isFile(resolve(cwd, word)));
  const [crlf] = scripts.filter(
    (word) => /\r\n/.test(readFileSync(resolve(cwd, word), 'utf8')) && /\.(sh|bash)$/.test(word),
  );
  if (crlf !== undefined) {
    throw new RampcheckError(
      'capture-line-ends',
      `${crlf} has Windows line endings: a shell reads the \\r as a part of the last argument`,
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
      `the script calls ${path} by its path, which a stand-in cannot replace`,
      {
        hint: `write ${programName(path)}, with its folder on PATH, or give the launcher's own command`,
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
    // Without a PATH the script gets the usual one.
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
      // No process of the group is left.
    }
  };
  return new Promise<{ code: number | null; stderr: string }>((done, fail) => {
    const end = (code: string, message: string, options: RampcheckErrorOptions) => {
      kill();
      fail(new RampcheckError(code, message, options));
    };
    const late = () =>
      end('capture-timeout', `the script did not finish within ${SECONDS} s`, {
        hint: "give the launcher's own command instead",
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
    // Background processes of the script keep its stderr open: wait a moment, because one of them may be a launcher.
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
    // The program is executable but not readable.
    return '';
  }
}
