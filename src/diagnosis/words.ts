import type { InForce } from '../contract/rank-event.ts';
import type { Location } from '../errors.ts';
import { formatRates } from '../rate.ts';
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

/** The ten steps around the first difference. */
export function windowOf({ violation }: Facts): Evidence[] {
  return violation.window.map(([at, expected, actual]) => {
    const [wanted, got] = formatRates(expected, actual);
    return { text: `step ${at}: expected ${wanted}, got ${got}` };
  });
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
