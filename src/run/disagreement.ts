import type { Declared } from '../contract/rank-event.ts';
import { exactRate } from '../rate.ts';

/** A disagreement: two ranks have different requested schedules, because a config or an environment differs on one node. */
export interface Disagreement {
  id: 'ranks-differ';
  message: string;
  fix: string[];
}

/** Returns what differs between the requested schedules of two ranks; undefined if they are equal. */
export function disagreement(
  one: Declared,
  other: Declared,
  [name, otherName]: readonly [string, string],
): Disagreement | undefined {
  const [mine, theirs] = [askedOf(one), askedOf(other)];
  const key = [...new Set([...mine.keys(), ...theirs.keys()])].find(
    (key) => mine.get(key) !== theirs.get(key),
  );
  if (key === undefined) return undefined;
  const [value, otherValue] = [mine, theirs].map((asked) => asked.get(key) ?? 'not given');
  return {
    id: 'ranks-differ',
    message: `the ranks have different schedules: ${key} is ${value} for ${name}, and ${otherValue} for ${otherName}`,
    fix: [
      `make the configs, arguments, data and environment of the nodes of ${name} and ${otherName} the same`,
    ],
  };
}

function askedOf({ asked, total, start }: Declared): ReadonlyMap<string, string> {
  const values: [string, unknown][] = [
    ['schedule', `${asked.lib}:${asked.scheduler}`],
    ['learning rate', asked.lr0],
    ...Object.entries(asked.params),
    ['total of optimizer steps', total],
    ['first optimizer step', start],
  ];
  return new Map(values.map(([key, value]) => [key, typeof value === 'string' ? value : text(value)]));
}

/** Formats a value as JSON, with all digits of a number. */
function text(value: unknown): string {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : exactRate(value);
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${text(inner)}`);
  return `{${entries.join(',')}}`;
}
