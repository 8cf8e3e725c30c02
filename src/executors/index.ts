import { RampcheckError } from '../errors.ts';
import type { Executor } from './executor.ts';
import { local } from './local.ts';
import { ssh } from './ssh.ts';

/** Every executor. Adding one is a file and a line here. */
const executors: Readonly<Record<string, () => Executor>> = { local: () => local, ssh };

/** @throws RampcheckError `unknown-executor` (exit 2) */
export function findExecutor(name: string): Executor {
  const executor = executors[name];
  if (executor) return executor();
  throw new RampcheckError('unknown-executor', `there is no executor '${name}'`, {
    hint: `executors are ${Object.keys(executors).join(' and ')}`,
  });
}
