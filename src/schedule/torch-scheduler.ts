import { refusal } from './refusal.ts';
import type { Curve } from './schedule.ts';

/** The fields of a torch parameter group that schedulers read and write. */
export interface Group {
  lr: number;
  initial_lr?: number;
  max_lr?: number;
  min_lr?: number;
}

/** torch's LRScheduler: an object that changes the group's learning rate at each step. */
export interface Scheduler {
  step(): void;
  /** `_initial_step`: the last action of the constructor, which SequentialLR repeats for its first child. */
  initialStep(): void;
  /** `_update_lr(epoch)`: how SequentialLR starts a later child. */
  restart(epoch: number): void;
  /** SequentialLR's recursive_undo: removes the constructor's step from the count. */
  undo(): void;
  /** The learning rate at an epoch by a closed formula; absent if it has to be stepped there. */
  at?(epoch: number): number;
}

/** Builds a scheduler on a group, as the class's constructor does. */
export type Constructor = (name: string, params: Record<string, unknown>, group: Group) => Scheduler;

/** The fields of an LRScheduler that `get_lr` reads. */
export interface State {
  group: Group;
  last_epoch: number;
  step_count: number;
  is_initial: boolean;
  base_lr: number;
}

/** The learning rate of a step, computed from the state; it may read the group's current one. */
export type GetLr = (state: State) => number;

/**
 * torch 2.13 LRScheduler (torch/optim/lr_scheduler.py:95) around one `get_lr`. `initial_lr` is set by the first
 * scheduler on a group and reused by later ones. `formula` gives the learning rate of any epoch at once.
 */
export function newScheduler(
  name: string,
  group: Group,
  getLr: GetLr,
  closedForm?: GetLr,
  formula: GetLr | undefined = closedForm,
): Scheduler & { state: State } {
  group.initial_lr ??= group.lr;
  const state: State = { group, last_epoch: -1, step_count: 0, is_initial: false, base_lr: group.initial_lr };
  const write = (lr: number) => {
    // Python raises an error where JavaScript continues with Infinity or NaN: division by zero, overflow.
    if (!Number.isFinite(lr)) throw refusal(name, `division by zero or overflow at step ${state.last_epoch}`);
    group.lr = lr;
  };
  const scheduler = {
    state,
    step() {
      state.step_count += 1;
      state.last_epoch += 1;
      write(getLr(state));
    },
    initialStep() {
      state.step_count = 0;
      state.is_initial = true;
      scheduler.step();
      state.is_initial = false;
    },
    restart(epoch: number) {
      state.last_epoch = epoch;
      write((closedForm ?? getLr)(state));
    },
    undo() {
      state.last_epoch -= 1;
    },
    ...(formula && { at: (epoch: number) => formula({ ...state, last_epoch: epoch }) }),
  };
  scheduler.initialStep();
  return scheduler;
}

/**
 * The curve of a scheduler, computed by stepping it: most of torch's schedules are recurrences on the current learning
 * rate, so step s needs all earlier steps. Computed values are kept: 8 bytes per step.
 */
export function replay(lr0: number, build: (group: Group) => Scheduler): Curve {
  const group: Group = { lr: lr0 };
  const scheduler = build(group);
  let known = new Float64Array(1024);
  known[0] = group.lr;
  let last = 0;
  return (step) => {
    while (last < step) {
      scheduler.step();
      last += 1;
      if (last === known.length) {
        const longer = new Float64Array(2 * last);
        longer.set(known);
        known = longer;
      }
      known[last] = group.lr;
    }
    return known[step] ?? Number.NaN;
  };
}

/** How many steps a scheduler without a closed formula is stepped. */
const REPLAYED = 20_000;

/** The same curve by the scheduler's closed formula, any step at once. A scheduler without one raises past its first 20,000 steps. */
export function atOnce(name: string, lr0: number, build: (group: Group) => Scheduler): Curve {
  const group: Group = { lr: lr0 };
  const { at } = build(group);
  if (at) {
    const initial = group.lr;
    return (step) => (step === 0 ? initial : at(step));
  }
  const lr = replay(lr0, build);
  return (step) => {
    if (step > REPLAYED) throw refusal(name, `no formula gives step ${step}: it takes stepping there`);
    return lr(step);
  };
}
