import type * as z from 'zod';
import { readParams } from './params.ts';
import type { Curve, ParameterNames, ScheduleDefinition, Versions } from './schedule.ts';

/** What a schedule is built from, after its parameters have been parsed. */
export interface BuildInput<Params> {
  /** For messages: "torchtitan:linear_warmup_stable_decay". */
  name: string;
  params: Params;
  lr0: number;
  versions: Versions;
  /** The curve is for a search: any step at once (ScheduleDefinition.vary). */
  atOnce: boolean;
}

/** Defines a schedule by the schema of its parameters, what they are called, and the curve built from them. */
export function define<Schema extends z.ZodType>(
  lib: string,
  type: string,
  schema: Schema,
  names: ParameterNames,
  build: (input: BuildInput<z.output<Schema>>) => Curve,
): ScheduleDefinition {
  const name = `${lib}:${type}`;
  const read = (given: Record<string, unknown>) => readParams(name, schema, given);
  return {
    name: type,
    names,
    curve: (given, lr0, versions) => build({ name, params: read(given), lr0, versions, atOnce: false }),
    vary: (given, lr0, versions) => {
      const params = read(given);
      return (changes) =>
        build({ name, params: Object.assign({}, params, changes), lr0, versions, atOnce: true });
    },
  };
}
