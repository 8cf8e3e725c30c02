import * as z from 'zod';
import { RampcheckError } from '../errors.ts';
import { nearest } from '../nearest.ts';

/** A step count. The libraries accept any number here; sanity.ts checks whether it makes sense. */
export const steps = z.number();
/** A learning rate, or a list with one per parameter group; the curve is that of the first group. */
export const perGroup = z.union([z.number(), z.tuple([z.number()], z.number())]);

/** The first parameter group's value. */
export function firstOf(value: z.output<typeof perGroup>): number {
  return typeof value === 'number' ? value : value[0];
}

/** A resumed scheduler needs the state of the run that it continues, which arguments cannot carry. */
export const freshStart = { last_epoch: z.literal(-1).optional() };

/**
 * Parses a schedule's constructor arguments as its library would: unknown names, missing ones and wrong
 * types are refused with the library's own message.
 */
export function readParams<Schema extends z.ZodType>(
  schedule: string,
  schema: Schema,
  params: Record<string, unknown>,
): z.output<Schema> {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (!issue) throw result.error;
  throw badParameter(schedule, issue, params, schema);
}

function badParameter(
  schedule: string,
  issue: z.core.$ZodIssue,
  params: Record<string, unknown>,
  schema: z.ZodType,
): RampcheckError {
  const refuse = (message: string, hint?: string) =>
    new RampcheckError(
      'bad-schedule-parameter',
      `${schedule}: ${message}`,
      hint === undefined ? {} : { hint },
    );
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const close = nearest(key, parameterNames(schema));
    return refuse(
      `unexpected keyword argument '${key}'`,
      close.length ? `did you mean ${close.join(' or ')}?` : `it takes ${parameterNames(schema).join(', ')}`,
    );
  }
  const name = issue.path.join('.');
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    params,
  );
  if (value === undefined) return refuse(`missing required argument '${name}'`);
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) {
    return refuse(
      `${name} is the string '${value}', not a number`,
      /^[-+]?\d+e[-+]?\d+$/i.test(value.trim())
        ? `YAML reads ${value} as a string: write ${value.replace(/e/i, '.0e')}`
        : 'write it without quotes',
    );
  }
  return refuse(`${name}: ${issue.message.replace(/^Invalid input: /, '')}, got ${JSON.stringify(value)}`);
}

function parameterNames(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject
    ? Object.keys(schema.shape).filter((name) => name !== 'last_epoch')
    : [];
}
