import type { InForce } from '../contract/rank-event.ts';
import type { Location } from '../errors.ts';
import { formatRate, formatRates } from '../rate.ts';
import { shownPath } from '../shown-path.ts';
import type { Diagnosis, Facts } from './diagnosis.ts';

type Evidence = Diagnosis['evidence'][number];

/** Expected and actual values at the first difference. */
export function difference(facts: Facts): Pick<Diagnosis, 'asked' | 'would_run'> {
  const { declared, violation } = facts;
  const { step, expected, actual, group } = violation.difference;
  const where = `optimizer step ${step}${group > 0 ? `, parameter group ${group}` : ''}`;
  const verb = violation.by === 'projection' ? 'would use' : 'uses';
  const [wanted, got] = formatRates(expected, actual);
  return {
    asked: `${declared.asked.scheduler}: ${wanted} at ${where}`,
    would_run: `${inForce(facts).class} ${verb} ${got} there`,
  };
}

/** The scheduler in force at the violation, if that is known. */
export function inForce({ violation, declared }: Facts): InForce {
  return violation.in_force ?? declared.in_force;
}

/** The scheduler in force and the lines that step it, as evidence. */
export function stepping(facts: Facts): Evidence[] {
  const { class: scheduler, module, stepped_by, stepped_at = [] } = inForce(facts);
  return [
    { text: `in force: ${module ? `${module}.` : ''}${scheduler}, stepped by ${withArticle(stepped_by)}` },
    ...stepped_at.map((place) => ({ location: placeOf(place, facts.job.cwd), text: 'steps the scheduler' })),
  ];
}

/** Steps that are shown before and after the first difference. */
const BEFORE = 5;
const AFTER = 5;

/** The ten steps around the first difference, as far as they are known: before it, what was used is what was expected. */
export function windowOf({ violation, curves }: Facts): Evidence[] {
  const { step } = violation.difference;
  const rows = new Map<number, readonly [number, number]>();
  for (let at = Math.max(curves.start, step - BEFORE); at < step; at++) {
    const expected = curves.expected(at);
    if (!Number.isNaN(expected)) rows.set(at, [expected, expected]);
  }
  const { window, rest = [], assumed = [] } = violation;
  for (const [at, expected, actual] of [...window, ...rest, ...assumed]) {
    if (at >= step - BEFORE && at < step + AFTER && !(rows.has(at) && at > step))
      rows.set(at, [expected, actual]);
  }
  return [...rows]
    .toSorted(([a], [b]) => a - b)
    .map(([at, [expected, actual]]) => {
      const [wanted, got] = formatRates(expected, actual);
      return { text: `step ${at}: expected ${wanted}, got ${got}` };
    });
}

/** Points of a curve that are said in words. */
const SHOWN = 8;

/** Both curves, each at the same few steps over the run; of a rate that is only observed, the steps until now. */
export function curveWords({ violation, curves, declared }: Facts): Evidence[] {
  const { window, rest = [], assumed = [] } = violation;
  const known = new Map([...window, ...rest, ...assumed].map(([at, , actual]) => [at, actual] as const));
  // Until the difference, what was used is what was expected.
  const agreed = Math.min(violation.step, violation.difference.step) - curves.start;
  for (let part = 0; agreed > 0 && part < SHOWN; part++) {
    const at = curves.start + Math.floor((part * agreed) / SHOWN);
    const expected = curves.expected(at);
    if (!known.has(at) && !Number.isNaN(expected)) known.set(at, expected);
  }
  const seen = few([...known.keys()].toSorted((a, b) => a - b));
  const asked = few(
    [...new Set([...few((declared.samples ?? []).map(([at]) => at)), ...seen])]
      .filter((at) => !Number.isNaN(curves.expected(at)))
      .toSorted((a, b) => a - b),
  );
  const words = (steps: readonly number[], lr: (step: number) => number) =>
    steps.map((at) => `${at}: ${formatRate(lr(at))}`).join(', ');
  const until = assumed.length > 0 ? ' (from the next update on, at one step of the scheduler each)' : '';
  return [
    { text: `expected curve, by optimizer step: ${words(asked, curves.expected)}` },
    {
      text: `curve in force, by optimizer step: ${words(seen, (at) => known.get(at) ?? Number.NaN)}${until}`,
    },
  ];
}

/** A few entries of a list at equal distances, the first and the last included. */
function few(all: readonly number[]): number[] {
  if (all.length <= SHOWN) return [...all];
  const stride = (all.length - 1) / (SHOWN - 1);
  return Array.from({ length: SHOWN }, (_, at) => all[Math.round(at * stride)] ?? 0);
}

/** Ranks and accumulation: the factors by which a wrong unit is off. */
export function factorsOf({ declared }: Facts): { ranks: number; accumulation: number } {
  const { world_size = 1, gradient_accumulation_steps = 1 } = declared.training;
  return { ranks: Number(world_size), accumulation: Number(gradient_accumulation_steps) };
}

/** Names what a factor probably is: "the number of ranks, 4" or "gradient_accumulation_steps, 2", or nothing. */
export function factorWords(factor: number, facts: Facts): string | undefined {
  const { ranks, accumulation } = factorsOf(facts);
  if (factor === 1) return undefined;
  if (factor === ranks) return `the number of ranks, ${ranks}`;
  if (factor === accumulation) return `gradient_accumulation_steps, ${accumulation}`;
  if (factor === ranks * accumulation)
    return `ranks × gradient_accumulation_steps, ${ranks} × ${accumulation}`;
  return undefined;
}

/** The location of a value in the DeepSpeed config, or of its block if the value is missing. */
export function inConfig({ job }: Facts, path: readonly string[]): { location?: Location } {
  const location = job.deepspeed?.locate(path) ?? job.deepspeed?.locate(['scheduler', 'type']);
  return location ? { location } : {};
}

/** Returns whether the DeepSpeed config itself states what is expected: its scheduler then replaces nothing. */
export function configIsIntent({ declared }: Facts): boolean {
  return declared.source === 'DeepSpeed config';
}

/** Returns whether DeepSpeed's own scheduler is in force. */
export function byDeepSpeed({ declared }: Facts): boolean {
  return Boolean(declared.deepspeed?.scheduler) && declared.in_force.module.startsWith('deepspeed.');
}

function withArticle(who: string): string {
  return /^(Trainer|DeepSpeed engine)$/.test(who) ? `the ${who}` : who;
}

/** "/home/me/run/train.py:12" as a location, relative to the directory in which the command runs. */
function placeOf(text: string, cwd: string): Location {
  const [, file = text, line] = /^(.*):(\d+)$/.exec(text) ?? [];
  return { file: shownPath(file, cwd), ...(line ? { line: Number(line) } : {}) };
}
