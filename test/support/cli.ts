import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, onTestFinished } from 'vitest';
import { checkPrinted } from './documents.ts';

export const root = join(import.meta.dirname, '..', '..');
export const fixtures = join(root, 'test', 'fixtures');
const main = join(root, 'src', 'cli', 'main.ts');

export type Environment = '.venv' | '.venv-tf457' | '.venv-frameworks';

/** Environment variables with which a real training runs on a machine without a GPU. */
export function trainingEnv(environment: Environment = '.venv'): Record<string, string> {
  // An environment that several checkouts share by a link has one name: DeepSpeed compiles anew for every other.
  const venv = realpathSync(join(root, environment));
  return {
    PATH: `${join(venv, 'bin')}:${process.env.PATH}`,
    DS_ACCELERATOR: 'cpu',
    TORCH_EXTENSIONS_DIR: join(venv, 'torch-extensions'),
    OMP_NUM_THREADS: '1',
  };
}

/** A folder that is gone after the test. */
export function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'rampcheck-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The commands of a test file know its own runs alone, and the developer's none of them. */
const state = mkdtempSync(join(tmpdir(), 'rampcheck-state-'));
afterAll(() => rmSync(state, { recursive: true, force: true }));

/** Every process that descends from a test's CLI carries this mark in its environment. */
const MARK = 'RAMPCHECK_TEST_MARK';

export interface CliOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Words before the command: the way into a lab. */
  enter?: readonly string[];
}

/**
 * Starts the real CLI as a child. When the test ends nothing of it may be left: whatever still carries its mark is killed by pid.
 */
export function startCli(args: readonly string[], options: CliOptions = {}) {
  const mark = randomUUID();
  const [program = '', ...words] = [...(options.enter ?? []), process.execPath, main, ...args];
  const child = execa(program, words, {
    cwd: options.cwd ?? root,
    env: { XDG_STATE_HOME: state, ...options.env, [MARK]: mark, NO_COLOR: '1' },
    reject: false,
    all: true,
    stdin: 'ignore',
  });
  onTestFinished(() => {
    for (const pid of processesWith(mark)) killNow(pid);
  });
  let text = '';
  for (const stream of [child.nodeChildProcess.stdout, child.nodeChildProcess.stderr]) {
    stream?.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
  }
  return {
    child,
    processes: () => processesWith(mark),
    /** What it has said so far. */
    said: () => text,
  };
}

/** Runs the real CLI to its end. What it prints with --json must be as its schema describes it. */
export async function runCli(args: readonly string[], options: CliOptions = {}) {
  const { child, processes } = startCli(args, options);
  const { exitCode, stdout, stderr, all } = await child;
  checkPrinted(args, stdout);
  return { exitCode, stdout, stderr, all, left: processes() };
}

function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
        // A zombie has no environment left; a process that is only waiting to be reaped does not count.
        return environment.split('\0').includes(`${MARK}=${mark}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** Waits until `test` holds, looking every 20 ms; fails with `what` after `seconds`. */
export async function until(what: string, test: () => boolean, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!test()) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

export function readLines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}
