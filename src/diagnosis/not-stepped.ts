import type { Mode } from './diagnosis.ts';
import { difference, factorsOf, inForce, stepping } from './words.ts';

/** How many of a curve's first steps are compared, and how many of its later ones. */
const LOOKED_AT = 256;

/** The scheduler was not stepped after an update: it is never stepped, or only once per epoch or per several updates. */
export const notStepped: Mode = {
  id: 'scheduler-not-stepped',
  title:
    'The scheduler is not stepped after every update: never, or only once per epoch, rollout or several updates',
  thread: 'https://github.com/Lightning-AI/pytorch-lightning/issues/18570',
  explain(facts) {
    const { violation, curves, declared } = facts;
    const { step, actual } = violation.difference;
    if (
      violation.by !== 'observation' ||
      step <= curves.start ||
      !curves.same(actual, curves.expected(step - 1))
    )
      return undefined;
    // If the curve moved before, the scheduler was stepped.
    const moved = before(curves.start, step).some((at) => {
      const lr = curves.expected(at);
      return !Number.isNaN(lr) && !curves.same(lr, actual);
    });
    if (moved) return undefined;
    const { class: scheduler, stepped_by } = inForce(facts);
    const per = /epoch/.test(stepped_by) ? ': it is stepped once per epoch' : '';
    const { accumulation } = factorsOf(facts);
    return {
      message:
        scheduler === 'no scheduler'
          ? `the learning rate does not change: no scheduler drives this ${declared.optimizer_class?.class ?? 'optimizer'}`
          : `the learning rate does not change: nothing steps the ${scheduler} after the update${per}`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: /Lightning/.test(stepped_by)
        ? [
            'return {"optimizer": …, "lr_scheduler": {"scheduler": …, "interval": "step"}} from configure_optimizers: Lightning\'s default is to step once per epoch',
          ]
        : [
            scheduler === 'no scheduler'
              ? 'build the scheduler with the optimizer that steps: one that was made for another optimizer does not reach it'
              : 'call scheduler.step() once after every optimizer step',
            `if it should be stepped once per epoch or per ${accumulation > 1 ? accumulation : 'several'} updates, state that curve: --expect @curve.json`,
          ],
    };
  },
};

/** Steps before `step` that show whether the curve moved: the first ones, then every so many, and the last. */
function before(start: number, step: number): number[] {
  const steps: number[] = [];
  const stride = Math.max(1, Math.floor((step - start) / LOOKED_AT));
  for (let at = start; at < step; at += at < start + LOOKED_AT ? 1 : stride) steps.push(at);
  return [...steps, step - 1];
}
