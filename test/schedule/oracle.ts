import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A Python process with the real libraries in it. */
export interface Oracle {
  /** Answers in the order of the questions. */
  ask<Answer>(question: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The interpreters of the two environments; the variables point tests at another place. */
export const pythons = {
  newest: process.env.RAMPCHECK_TEST_PYTHON ?? `${root}.venv/bin/python`,
  'tf4.57': process.env.RAMPCHECK_TEST_PYTHON_TF457 ?? `${root}.venv-tf457/bin/python`,
} as const;

/** Starts test/schedule/oracle.py in an environment. */
export function startOracle(environment: keyof typeof pythons): Oracle {
  const python = pythons[environment];
  if (!existsSync(python)) throw new Error(`there is no ${python}: npm run setup makes it`);
  const child = spawn(python, [fileURLToPath(new URL('oracle.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, OMP_NUM_THREADS: '1', HF_HUB_OFFLINE: '1' },
  });
  const waiting: { resolve(answer: unknown): void; reject(error: Error): void }[] = [];
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-4000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  child.on('exit', (code) => {
    for (const { reject } of waiting) reject(new Error(`the oracle ended with ${code}\n${complaints}`));
  });
  return {
    ask: <Answer>(question: unknown) =>
      new Promise<Answer>((resolve, reject) => {
        waiting.push({ resolve: resolve as (answer: unknown) => void, reject });
        child.stdin.write(`${JSON.stringify(question)}\n`);
      }),
    stop: () => stopped(child),
  };
}

/** Closing its input ends the oracle by itself. */
function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.on('exit', () => resolve());
    child.stdin?.end();
  });
}
