import { RampcheckError } from '../errors.ts';
import type { Executor } from './executor.ts';
import { local } from './local.ts';

/** Every executor. Adding one is a file and a line here. */
const executors: readonly Executor[] = [local];

/** @throws RampcheckError `unknown-executor` (exit 2) */
export function findExecutor(name: string): Executor {
  const executor = executors.find((candidate) => candidate.name === name);
  if (executor) return executor;
  throw new RampcheckError(
    'unknown-executor',
    `launch starts nodes that this machine plays, and cannot reach nodes over ${name} yet`,
    {
      hint: 'rampcheck plan prints the command of every node; with --on local this machine plays the nodes',
    },
  );
}
