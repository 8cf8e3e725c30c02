import { flagOf, type OptionTable } from '../command/option.ts';
import { RampcheckError } from '../errors.ts';
import type { Engine } from './engine.ts';
import { kubernetes } from './kubernetes/kubernetes.ts';
import { slurm } from './slurm/slurm.ts';

/** All engines of `submit --to`. To add one, write its file and add a line here. */
export const engines: readonly Engine[] = [slurm, kubernetes];

/** The options of all engines; help and docs name the engine of each. */
export const engineOptions: OptionTable = Object.assign(
  {},
  ...engines.flatMap(({ name, options }) =>
    Object.entries(options).map(([key, option]) => ({
      [key]: { ...option, description: `${name}: ${option.description}` },
    })),
  ),
);

/** @throws RampcheckError `bad-option` (exit 2) */
export function engineNamed(name: string | undefined): Engine {
  const engine = engines.find((known) => known.name === name);
  if (engine) return engine;
  throw new RampcheckError(
    'bad-option',
    `--to needs an engine: ${engines.map((known) => known.name).join(' or ')}`,
  );
}

/**
 * Refuses options of other engines: an option without effect is a mistake that would show only after the queue.
 *
 * @param given names of the options on the command line
 * @throws RampcheckError `bad-option`
 */
export function refuseForeign(engine: Engine, given: Iterable<string>): void {
  for (const name of given) {
    if (name in engine.options) continue;
    const owner = engines.find(({ options }) => name in options);
    const option = owner?.options[name];
    if (!owner || !option) continue;
    const instead = engine.instead[name];
    throw new RampcheckError(
      'bad-option',
      `${flagOf(name, option)} is an option of ${owner.title}, and has no effect in ${engine.title}`,
      { hint: instead === undefined ? 'leave it out' : `use instead: ${instead}` },
    );
  }
}
