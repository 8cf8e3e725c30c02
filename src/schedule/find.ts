import { RampcheckError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { Family, ScheduleDefinition } from './schedule.ts';

/** Returns the family and the schedule with these names among `families`.\n *\n * @throws RampcheckError that names the nearest ones if there is none. */
export function findIn(
  families: readonly Family[],
  lib: string,
  scheduler: string,
): { family: Family; schedule: ScheduleDefinition } {
  const family = families.find(({ name, aliases }) => name === lib || aliases.includes(lib));
  if (!family) {
    const names = families.flatMap(({ name, aliases }) => [name, ...aliases]);
    throw unknown('unknown-family', `there is no schedule family '${lib}'`, nearest(lib, names), families);
  }
  const schedule = family.schedules.find(({ name }) => name === scheduler);
  if (!schedule) {
    const names = family.schedules.map(({ name }) => name);
    const message = `${family.name} has no schedule '${scheduler}'`;
    throw unknown('unknown-schedule', message, nearest(scheduler, names), family.schedules);
  }
  return { family, schedule };
}

function unknown(
  code: string,
  message: string,
  close: string[],
  all: readonly { name: string }[],
): RampcheckError {
  const hint = close.length
    ? `did you mean ${close.join(' or ')}?`
    : `one of ${all.map(({ name }) => name).join(', ')}`;
  return new RampcheckError(code, message, { hint });
}
