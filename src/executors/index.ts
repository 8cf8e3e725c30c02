import { resolve } from 'node:path';
import { type OptionTable, valuesOf } from '../command/option.ts';
import { RampcheckError } from '../errors.ts';
import type { ExecutorDefinition } from './definition.ts';
import type { Executor } from './executor.ts';
import { local } from './local.ts';
import { ssh } from './ssh.ts';

/** Every executor. To add one, write its file and add a line here. */
export const executors: readonly ExecutorDefinition[] = [local, ssh];

/** The options of all executors. */
export const executorOptions: OptionTable = Object.assign({}, ...executors.map(({ options }) => options));

/** @throws RampcheckError `unknown-executor` (exit 2) */
export function executorNamed(name: string): ExecutorDefinition {
  const executor = executors.find((known) => known.name === name);
  if (executor) return executor;
  throw new RampcheckError('unknown-executor', `there is no executor '${name}'`, {
    hint: `executors are ${executors.map((known) => known.name).join(' and ')}`,
  });
}

/** The executor for nodes with these names if `--on` is not given. */
export function executorOf(names: readonly string[]): ExecutorDefinition {
  const executor = executors.find(({ owns }) => owns(names));
  if (!executor) throw new Error(`no executor owns ${names.join(', ')}`);
  return executor;
}

/** The values of its own options. Paths are made absolute, because a later command may run in another folder. */
export function executorValues(
  name: string,
  values: Readonly<Record<string, unknown>>,
  cwd: string,
): Readonly<Record<string, unknown>> {
  const { options } = executorNamed(name);
  return Object.fromEntries(
    Object.entries(options).map(([key, { kind }]) => {
      const value = values[key];
      return [key, kind.path && typeof value === 'string' ? resolve(cwd, value) : value];
    }),
  );
}

/**
 * Loads an executor.
 *
 * @param values options by name; those of other executors are ignored
 */
export async function makeExecutor(
  name: string,
  values: Readonly<Record<string, unknown>>,
): Promise<Executor> {
  const { make, options } = executorNamed(name);
  // The command line and the run file use the same table.
  return make(valuesOf(options, values) as never);
}
