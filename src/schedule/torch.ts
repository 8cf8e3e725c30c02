/** torch 2.13, torch/optim/lr_scheduler.py: every class, by replaying its own recurrence. */
import * as z from 'zod';
import { cos } from './fp.ts';
import { freshStart, readParams, steps } from './params.ts';
import { reduceOnPlateau } from './plateau.ts';
import { refusal } from './refusal.ts';
import type { Family, ParameterNames, ScheduleDefinition } from './schedule.ts';
import { chained, sequential } from './torch-compose.ts';
import { cosineWarmRestarts, cyclic, oneCycle } from './torch-cycles.ts';
import { atOnce, type Constructor, type GetLr, newScheduler, replay } from './torch-scheduler.ts';

/**
 * JSON cannot express a function: the value is a constant factor (number or string), or a list of factors by epoch.
 */
const lambda = z.union([z.number(), z.string(), z.array(z.number())]);
const lambdaParameters = z.strictObject({ lr_lambda: lambda, ...freshStart });

const lambdaLR: Constructor = (name, given, group) => {
  const factor = factorOf(name, readParams(name, lambdaParameters, given).lr_lambda);
  const lr: GetLr = ({ base_lr, last_epoch }) => base_lr * factor(last_epoch);
  return newScheduler(name, group, lr, lr);
};

const multiplicativeLR: Constructor = (name, given, group) => {
  const { lr_lambda } = readParams(name, lambdaParameters, given);
  const factor = factorOf(name, lr_lambda);
  const power: GetLr = ({ base_lr, last_epoch }) => base_lr * factor(last_epoch) ** last_epoch;
  return newScheduler(
    name,
    group,
    ({ is_initial, last_epoch }) => (is_initial ? group.lr : group.lr * factor(last_epoch)),
    undefined,
    Array.isArray(lr_lambda) ? undefined : power,
  );
};

const gammaOf = z.number().default(0.1);
const stepParameters = z.strictObject({ step_size: steps, gamma: gammaOf, ...freshStart });

const stepLR: Constructor = (name, given, group) => {
  const { step_size, gamma } = readParams(name, stepParameters, given);
  // As in torch, the division happens only after the first step, which a child of a sequence may never reach.
  const size = () => {
    if (step_size === 0) throw refusal(name, 'integer modulo by zero: step_size is 0');
    return step_size;
  };
  return newScheduler(
    name,
    group,
    ({ last_epoch }) => (last_epoch === 0 || last_epoch % size() !== 0 ? group.lr : group.lr * gamma),
    ({ base_lr, last_epoch }) => base_lr * gamma ** Math.floor(last_epoch / size()),
  );
};

const multiStepParameters = z.strictObject({ milestones: z.array(steps), gamma: gammaOf, ...freshStart });

const multiStepLR: Constructor = (name, given, group) => {
  const { milestones, gamma } = readParams(name, multiStepParameters, given);
  const counts = new Map<number, number>();
  for (const milestone of milestones) counts.set(milestone, (counts.get(milestone) ?? 0) + 1);
  return newScheduler(
    name,
    group,
    ({ last_epoch }) => {
      const count = counts.get(last_epoch);
      return count === undefined ? group.lr : group.lr * gamma ** count;
    },
    ({ base_lr, last_epoch }) =>
      base_lr * gamma ** milestones.filter((milestone) => milestone <= last_epoch).length,
  );
};

const constantParameters = z.strictObject({
  factor: z.number().default(1 / 3),
  total_iters: steps.default(5),
  ...freshStart,
});

const constantLR: Constructor = (name, given, group) => {
  const { factor, total_iters } = readParams(name, constantParameters, given);
  if (factor > 1 || factor < 0)
    throw refusal(name, 'Constant multiplicative factor expected to be between 0 and 1.');
  return newScheduler(
    name,
    group,
    ({ last_epoch }) => {
      if (last_epoch === 0) return group.lr * factor;
      // A multiplication undoes the factor, so the base rate is not always restored to the last bit.
      return last_epoch === total_iters ? group.lr * (1 / factor) : group.lr;
    },
    ({ base_lr, last_epoch }) => base_lr * (factor + (last_epoch >= total_iters ? 1 : 0) * (1 - factor)),
  );
};

const linearParameters = z.strictObject({
  start_factor: z.number().default(1 / 3),
  end_factor: z.number().default(1),
  total_iters: steps.default(5),
  ...freshStart,
});

const linearLR: Constructor = (name, given, group) => {
  const { start_factor: start, end_factor: end, total_iters } = readParams(name, linearParameters, given);
  if (start > 1 || start <= 0) {
    throw refusal(
      name,
      'Starting multiplicative factor expected to be greater than 0 and less or equal to 1.',
    );
  }
  if (end > 1 || end < 0) throw refusal(name, 'Ending multiplicative factor expected to be between 0 and 1.');
  return newScheduler(
    name,
    group,
    ({ last_epoch, is_initial }) => {
      if (last_epoch === 0) return group.lr * start;
      if (is_initial || last_epoch > total_iters) return group.lr;
      return group.lr * (1 + (end - start) / (total_iters * start + (last_epoch - 1) * (end - start)));
    },
    ({ base_lr, last_epoch }) =>
      base_lr * (start + ((end - start) * Math.min(total_iters, last_epoch)) / total_iters),
  );
};

const exponentialParameters = z.strictObject({ gamma: z.number(), ...freshStart });

const exponentialLR: Constructor = (name, given, group) => {
  const { gamma } = readParams(name, exponentialParameters, given);
  return newScheduler(
    name,
    group,
    ({ is_initial }) => (is_initial ? group.lr : group.lr * gamma),
    ({ base_lr, last_epoch }) => base_lr * gamma ** last_epoch,
  );
};

const polynomialParameters = z.strictObject({
  total_iters: steps.default(5),
  power: z.number().default(1),
  ...freshStart,
});

const polynomialLR: Constructor = (name, given, group) => {
  const { total_iters, power } = readParams(name, polynomialParameters, given);
  return newScheduler(
    name,
    group,
    ({ is_initial, last_epoch }) => {
      if (is_initial || last_epoch > total_iters) return group.lr;
      return group.lr * ((1 - last_epoch / total_iters) / (1 - (last_epoch - 1) / total_iters)) ** power;
    },
    ({ base_lr, last_epoch }) => base_lr * (1 - Math.min(total_iters, last_epoch) / total_iters) ** power,
  );
};

const cosineParameters = z.strictObject({ T_max: steps, eta_min: z.number().default(0), ...freshStart });

/** A recurrence: past T_max it rises again, and multiplies the last bit of a cosine by T_max². */
const cosineAnnealingLR: Constructor = (name, given, group) => {
  const { T_max, eta_min } = readParams(name, cosineParameters, given);
  if (T_max === 0) throw refusal(name, 'integer modulo by zero: T_max is 0');
  // The numerator of one step is the denominator of the next, to the last bit.
  let known = Number.NaN;
  let value = 0;
  const cosineAt = (epoch: number) => {
    if (epoch === known) return value;
    known = epoch;
    value = cos((Math.PI * epoch) / T_max);
    return value;
  };
  return newScheduler(
    name,
    group,
    ({ is_initial, step_count, last_epoch, base_lr }) => {
      if (is_initial) return group.lr;
      if (step_count === 1 && last_epoch > 0) {
        return eta_min + ((base_lr - eta_min) * (1 + cos((last_epoch * Math.PI) / T_max))) / 2;
      }
      if ((last_epoch - 1 - T_max) % (2 * T_max) === 0) {
        return group.lr + ((base_lr - eta_min) * (1 - cos(Math.PI / T_max))) / 2;
      }
      const before = 1 + cosineAt(last_epoch - 1);
      return ((1 + cosineAt(last_epoch)) / before) * (group.lr - eta_min) + eta_min;
    },
    ({ base_lr, last_epoch }) =>
      eta_min + ((base_lr - eta_min) * (1 + cos((Math.PI * last_epoch) / T_max))) / 2,
  );
};

/** Classes that can be used alone and inside a composition. */
const constructors: Readonly<Record<string, Constructor>> = {
  LambdaLR: lambdaLR,
  MultiplicativeLR: multiplicativeLR,
  StepLR: stepLR,
  MultiStepLR: multiStepLR,
  ConstantLR: constantLR,
  LinearLR: linearLR,
  ExponentialLR: exponentialLR,
  PolynomialLR: polynomialLR,
  CosineAnnealingLR: cosineAnnealingLR,
  CosineAnnealingWarmRestarts: cosineWarmRestarts,
  OneCycleLR: oneCycle,
  CyclicLR: cyclic,
  SequentialLR: (name, given, group) => sequential(name, given, group, constructors),
  ChainedScheduler: (name, given, group) => chained(name, given, group, constructors),
};

const names: Readonly<Record<string, ParameterNames>> = {
  ConstantLR: { total: ['total_iters'] },
  LinearLR: { total: ['total_iters'] },
  PolynomialLR: { total: ['total_iters'] },
  CosineAnnealingLR: { total: ['T_max'], floor: ['eta_min'] },
  CosineAnnealingWarmRestarts: { floor: ['eta_min'] },
  OneCycleLR: { total: ['total_steps'] },
};

const plateau: ScheduleDefinition = {
  name: 'ReduceLROnPlateau',
  names: { floor: ['min_lr'] },
  curve: (params, lr0) => reduceOnPlateau('torch:ReduceLROnPlateau', params, lr0),
};

/**
 * torch.optim.lr_scheduler: the names are those of the classes. The children of SequentialLR and ChainedScheduler are written
 * as `{"scheduler": "LinearLR", "params": {…}}`.
 */
export const torch: Family = {
  name: 'torch',
  aliases: ['pytorch'],
  schedules: [
    ...Object.entries(constructors).map(([name, construct]) => scheduleOf(name, construct)),
    plateau,
  ],
};

function scheduleOf(type: string, construct: Constructor): ScheduleDefinition {
  const name = `torch:${type}`;
  return {
    name: type,
    names: names[type] ?? {},
    curve: (params, lr0) => replay(lr0, (group) => construct(name, params, group)),
    vary: (params, lr0) => (changes) =>
      atOnce(name, lr0, (group) => construct(name, { ...params, ...changes }, group)),
  };
}

function factorOf(name: string, given: z.output<typeof lambda>): (epoch: number) => number {
  if (Array.isArray(given)) {
    return (epoch) => {
      const factor = given[epoch];
      if (factor === undefined)
        throw refusal(name, `lr_lambda lists ${given.length} factors: there is none for step ${epoch}`);
      return factor;
    };
  }
  const factor = Number(given);
  if (given === '' || !Number.isFinite(factor)) {
    throw refusal(
      name,
      `lr_lambda '${given}' is code`,
      'give the factor as a number, or the factors by step as a list',
    );
  }
  return () => factor;
}
