import type * as z from 'zod';
import { readParams } from './params.ts';
import type { Curve, ScheduleDefinition, Versions } from './schedule.ts';

/** What a schedule is built from, after its parameters have been parsed. */
export interface BuildInput<Params> {
  /** For messages: "torchtitan:linear_warmup_stable_decay". */
  name: string;
  params: Params;
  lr0: number;
  versions: Versions;
}

/** Defines a schedule by the schema of its parameters and the curve built from them. */
export function define<Schema extends z.ZodType>(
  lib: string,
  type: string,
  schema: Schema,
  build: (input: BuildInput<z.output<Schema>>) => Curve,
): ScheduleDefinition {
  const name = `${lib}:${type}`;
  return {
    name: type,
    curve: (given, lr0, versions) => build({ name, params: readParams(name, schema, given), lr0, versions }),
  };
}
