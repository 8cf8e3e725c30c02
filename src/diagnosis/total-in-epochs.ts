import type { Mode } from './diagnosis.ts';
import { otherTotalOf } from './other-total.ts';
import { difference, factorsOf, inForce, stepping } from './words.ts';

/** torch's schedules that are usually stepped once per epoch, and their lengths counted in epochs. */
const PER_EPOCH =
  /^(CosineAnnealing|CosineAnnealingWarmRestarts|PolynomialLR|StepLR|LinearLR|OneCycleLR|SequentialLR)/;

/** A length in epochs, of a scheduler that is stepped at every update. */
export const totalInEpochs: Mode = {
  id: 'total-in-epochs',
  title: 'The length of the schedule counts epochs, and the scheduler is stepped at every update',
  explain(facts) {
    const total = otherTotalOf(facts);
    if (!total || total.actual >= total.expected) return undefined;
    const epochs = Number(facts.declared.training.num_train_epochs ?? Number.NaN);
    const { ranks, accumulation } = factorsOf(facts);
    const factor = total.expected / total.actual;
    // Without a Trainer the number of epochs is not known: a whole share that is neither ranks nor accumulation must do.
    const whole = Number.isInteger(factor) && ![ranks, accumulation, ranks * accumulation].includes(factor);
    const known = Number.isFinite(epochs);
    if (known ? total.actual !== epochs : !whole || !PER_EPOCH.test(inForce(facts).class)) return undefined;
    return {
      message: `the schedule is built for ${total.actual} steps, but the run has ${total.expected}: ${known ? 'that is its number of epochs' : 'a length in epochs'}, and the scheduler is stepped at every update`,
      ...difference(facts),
      evidence: stepping(facts),
      fix: [
        `give the schedule its length in optimizer steps: ${total.expected}`,
        'or step the scheduler once per epoch, if its length is meant in epochs',
      ],
    };
  },
};
