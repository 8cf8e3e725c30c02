import { resolve } from 'node:path';
import { type OptionTable, valuesOf } from '../command/option.ts';
import { RampcheckError } from '../errors.ts';
import type { ExecutorDefinition } from './definition.ts';
import type { Executor } from './executor.ts';
import { local } from './local.ts';
import { ssh } from './ssh.ts';

/** Every executor. Adding one is a file and a line here. */
export const executors: readonly ExecutorDefinition[] = [local, ssh];

/** The options of all of them. */
export const executorOptions: OptionTable = Object.assign({}, ...executors.map(({ options }) => options));

/** @throws RampcheckError `unknown-executor` (exit 2) */
export function executorNamed(name: string): ExecutorDefinition {
  const executor = executors.find((known) => known.name === name);
  if (executor) return executor;
  throw new RampcheckError('unknown-executor', `there is no executor '${name}'`, {
    hint: `executors are ${executors.map((known) => known.name).join(' and ')}`,
  });
}

/** The executor of nodes with these names, where nobody says which. */
export function executorOf(names: readonly string[]): ExecutorDefinition {
  const executor = executors.find(({ owns }) => owns(names));
  if (!executor) throw new Error(`no executor owns ${names.join(', ')}`);
  return executor;
}

/** Its own options' values among others. Files are named from the root: a later command is given in another folder. */
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
 * An executor, ready to reach nodes.
 *
 * @param values options by their names; those that are not its own are left alone
 */
export async function makeExecutor(
  name: string,
  values: Readonly<Record<string, unknown>>,
): Promise<Executor> {
  const { make, options } = executorNamed(name);
  // The command line and the run file are read by the same table.
  return make(valuesOf(options, values) as never);
}
