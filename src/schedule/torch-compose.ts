import * as z from 'zod';
import { freshStart, readParams, steps } from './params.ts';
import { refusal } from './refusal.ts';
import type { Constructor, Group, Scheduler } from './torch-scheduler.ts';

const child = z.strictObject({
  scheduler: z.string(),
  params: z.record(z.string(), z.unknown()).default({}),
});
const sequentialParameters = z.strictObject({
  schedulers: z.array(child),
  milestones: z.array(steps),
  ...freshStart,
});
const chainedParameters = z.strictObject({ schedulers: z.array(child) });

type Constructors = Readonly<Record<string, Constructor>>;

/**
 * torch 2.13 SequentialLR (lr_scheduler.py:1082). All children are built first, and each changes the group; then the
 * group is reset and only the first child is started. A later child starts with its closed form at epoch 0.
 */
export function sequential(
  name: string,
  given: Record<string, unknown>,
  group: Group,
  known: Constructors,
): Scheduler {
  const { schedulers, milestones } = readParams(name, sequentialParameters, given);
  const children = build(
    name,
    'SequentialLR expects at least one scheduler, but got no scheduler.',
    schedulers,
    group,
    known,
  );
  if (milestones.length !== children.length - 1) {
    throw refusal(
      name,
      `Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers ${children.length} and the number of milestones to be equal to ${milestones.length}`,
    );
  }
  let last_epoch = 0;
  const bisect = () => bisectRight(milestones, last_epoch);
  const at = (index: number): Scheduler => children[index] ?? (children[0] as Scheduler);
  group.lr = group.initial_lr ?? group.lr;
  for (const scheduler of children) scheduler.undo();
  at(bisect()).initialStep();
  const self: Scheduler = {
    step() {
      last_epoch += 1;
      const index = bisect();
      if (index > 0 && milestones[index - 1] === last_epoch) at(index).restart(0);
      else at(index).step();
    },
    // The class inherits this method, which ignores its own counting: a nested sequence starts one step ahead.
    initialStep: () => self.step(),
    restart: () => {
      throw refusal(
        name,
        'a SequentialLR cannot follow in a sequence: get_lr is not implemented (NotImplementedError)',
      );
    },
    undo() {
      for (const scheduler of children) scheduler.undo();
    },
  };
  if (children.every((scheduler) => scheduler.at)) {
    self.at = (epoch) => {
      const index = bisectRight(milestones, epoch);
      return at(index).at?.(epoch - (milestones[index - 1] ?? 0)) ?? Number.NaN;
    };
  }
  return self;
}

/** torch 2.13 ChainedScheduler (lr_scheduler.py:1478): the steps of all children in turn, on one learning rate. */
export function chained(
  name: string,
  given: Record<string, unknown>,
  group: Group,
  known: Constructors,
): Scheduler {
  const { schedulers } = readParams(name, chainedParameters, given);
  const missing = 'ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.';
  const children = build(name, missing, schedulers, group, known);
  const step = () => {
    for (const scheduler of children) scheduler.step();
  };
  return {
    step,
    initialStep: step,
    restart: () => {
      throw refusal(
        name,
        'a ChainedScheduler cannot follow in a sequence: get_lr is not implemented (NotImplementedError)',
      );
    },
    undo() {
      for (const scheduler of children) scheduler.undo();
    },
  };
}

function build(
  name: string,
  missing: string,
  children: readonly z.output<typeof child>[],
  group: Group,
  known: Constructors,
): Scheduler[] {
  if (children.length === 0) throw refusal(name, missing);
  return children.map(({ scheduler, params }, index) => {
    const construct = known[scheduler];
    if (construct) return construct(`${name} › ${scheduler}`, params, group);
    throw refusal(
      name,
      scheduler === 'ReduceLROnPlateau'
        ? `it does not support \`ReduceLROnPlateau\`, whose step needs a metric, but got one at index ${index}`
        : `there is no torch.optim.lr_scheduler.${scheduler}`,
      scheduler === 'ReduceLROnPlateau' ? undefined : `one of ${Object.keys(known).join(', ')}`,
    );
  });
}

/** Python's bisect_right: how many of the ascending values are at most x. */
function bisectRight(values: readonly number[], x: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x < (values[middle] ?? Infinity)) high = middle;
    else low = middle + 1;
  }
  return low;
}
