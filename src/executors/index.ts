import { RampcheckError } from '../errors.ts';
import type { Executor } from './executor.ts';
import { local } from './local.ts';

/** Every executor. Adding one is a file and a line here. */
const executors: readonly Executor[] = [local];

/** @throws RampcheckError `unknown-executor` (exit 2) */
export function findExecutor(name: string): Executor {
  const executor = executors.find((candidate) => candidate.name === name);
  if (executor) return executor;
  throw new RampcheckError('unknown-executor', `nodes cannot be reached by '${name}'`, {
    hint: `one of ${executors.map((known) => known.name).join(', ')}`,
  });
}
