import type { Diagnosis, Facts, Mode } from './diagnosis.ts';
import { difference, factorsOf, factorWords, inForce, stepping } from './words.ts';

/** Factors that are tried if it is not known how often the scheduler is stepped. */
const LIKELY = [2, 3, 4, 8];

/** The scheduler is stepped several times per update. */
export const steppedTooOften: Mode = {
  id: 'stepped-too-often',
  title:
    'The scheduler is stepped several times per update: once per rank, once per micro-batch, or from two places',
  thread: 'https://github.com/huggingface/accelerate/issues/1382',
  explain(facts) {
    const { ranks, accumulation } = factorsOf(facts);
    const known = observedRate(facts) ?? facts.violation.steps_per_update ?? undefined;
    const candidates = known === undefined ? [ranks, accumulation, ranks * accumulation, ...LIKELY] : [known];
    const times = candidates.find((factor) => factor > 1 && steppedTimes(factor, facts));
    if (times === undefined) return undefined;
    const unit = factorWords(times, facts);
    return {
      message: `the scheduler is stepped ${times} times per update${unit ? ` (${unit})` : ''}: the schedule ends after ${Math.ceil(
        facts.declared.total / times,
      )} of ${facts.declared.total} steps`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: remedies(times, facts),
    };
  },
};

/** How often the scheduler was stepped per update so far, 1 included; undefined if that is not a whole number. */
function observedRate({ violation, curves }: Facts): number | undefined {
  const updates = violation.step - curves.start;
  const rate = (violation.scheduler ?? Number.NaN) / updates;
  return violation.by === 'observation' && curves.start === 0 && rate >= 1 && Number.isInteger(rate)
    ? rate
    : undefined;
}

function steppedTimes(factor: number, facts: Facts): boolean {
  const { start, expected, explains } = facts.curves;
  // A later projection starts at the scheduler's position at that time.
  return (
    explains((step) => expected(start + factor * (step - start))) ||
    (facts.violation.by === 'projection' && explains((step) => expected(factor * step))) ||
    // A scheduler that is stepped at every micro-batch has moved before the first update is complete.
    (factor === factorsOf(facts).accumulation &&
      explains((step) => expected(start + factor * (step - start) + factor - 1)))
  );
}

function remedies(times: number, facts: Facts): Diagnosis['fix'] {
  const { stepped_by, stepped_at = [] } = inForce(facts);
  const { ranks, accumulation } = factorsOf(facts);
  if (/accelerate/.test(stepped_by) && times === ranks) {
    return [
      'multiply the step counts of the scheduler by accelerator.num_processes: num_warmup_steps * accelerator.num_processes and num_training_steps * accelerator.num_processes',
      'keep the scheduler out of accelerator.prepare(…) and call its step() once when accelerator.sync_gradients is true',
    ];
  }
  if (/DeepSpeed/.test(stepped_by)) {
    return ["remove the loop's own scheduler.step(): engine.step() steps the scheduler after every update"];
  }
  if (stepped_at.length > 1) return [`step it in one place only: ${stepped_at.join(' and ')} both step it`];
  if (times === accumulation) {
    return [
      'move scheduler.step() to where the optimizer steps, once per update and not once per micro-batch',
    ];
  }
  return [
    `call scheduler.step() once per update, or give the scheduler ${times} × as many steps (warmup and total)`,
  ];
}
