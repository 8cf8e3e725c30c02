import * as z from 'zod';
import { cos } from './fp.ts';
import { firstOf, freshStart, perGroup, readParams, steps } from './params.ts';
import { refusal } from './refusal.ts';
import { type GetLr, type Group, newScheduler, type Scheduler, type State } from './torch-scheduler.ts';

const momentum = {
  cycle_momentum: z.boolean().default(true),
  base_momentum: perGroup.optional(),
  max_momentum: perGroup.optional(),
};

const cyclicParameters = z.strictObject({
  base_lr: perGroup,
  max_lr: perGroup,
  step_size_up: steps.default(2000),
  step_size_down: steps.nullish(),
  mode: z.string().default('triangular'),
  gamma: z.number().default(1),
  scale_mode: z.enum(['cycle', 'iterations']).optional(),
  ...momentum,
  ...freshStart,
});

/** torch 2.13 CyclicLR (lr_scheduler.py:1788). */
export function cyclic(name: string, given: Record<string, unknown>, group: Group): Scheduler {
  const {
    base_lr,
    max_lr,
    step_size_up: up,
    mode,
    gamma,
    ...rest
  } = readParams(name, cyclicParameters, given);
  const [base, max] = [firstOf(base_lr), firstOf(max_lr)];
  const total = up + (rest.step_size_down ?? up);
  const ratio = up / total;
  if (!['triangular', 'triangular2', 'exp_range'].includes(mode))
    throw refusal(name, 'mode is invalid and scale_fn is None');
  const scale = (cycle: number, epoch: number) => {
    if (mode === 'triangular') return 1;
    return mode === 'triangular2' ? 1 / 2 ** (cycle - 1) : gamma ** epoch;
  };
  group.lr = base;
  const lr: GetLr = ({ last_epoch, base_lr: low }) => {
    const cycle = Math.floor(1 + last_epoch / total);
    const x = 1 + last_epoch / total - cycle;
    const factor = x <= ratio ? x / ratio : (x - 1) / (ratio - 1);
    return low + (max - low) * factor * scale(cycle, last_epoch);
  };
  const scheduler = newScheduler(name, group, lr, lr);
  // Set after the constructor's own step, which still reads the initial_lr of an earlier scheduler.
  scheduler.state.base_lr = base;
  return scheduler;
}

const oneCycleParameters = z.strictObject({
  max_lr: perGroup,
  total_steps: steps.nullish(),
  epochs: steps.nullish(),
  steps_per_epoch: steps.nullish(),
  pct_start: z.number().default(0.3),
  anneal_strategy: z.string().default('cos'),
  div_factor: z.number().default(25),
  final_div_factor: z.number().default(1e4),
  three_phase: z.boolean().default(false),
  ...momentum,
  ...freshStart,
});

/** torch 2.13 OneCycleLR (lr_scheduler.py:2285). It ends: one step past `total_steps` raises. */
export function oneCycle(name: string, given: Record<string, unknown>, group: Group): Scheduler {
  const params = readParams(name, oneCycleParameters, given);
  const { pct_start: share, anneal_strategy: strategy } = params;
  const total = oneCycleTotal(name, params);
  // Python checks for a float, so JSON's 0 and 1 are refused.
  if (share < 0 || share > 1 || Number.isInteger(share)) {
    throw refusal(name, `Expected float between 0 and 1 pct_start, but got ${share}`);
  }
  if (strategy !== 'cos' && strategy !== 'linear') {
    throw refusal(name, `anneal_strategy must be one of 'cos' or 'linear', instead got ${strategy}`);
  }
  const max = firstOf(params.max_lr);
  const initial = max / params.div_factor;
  const min = initial / params.final_div_factor;
  Object.assign(group, { initial_lr: initial, max_lr: max, min_lr: min });
  // Read from the group at every step, as the class does: a second OneCycleLR on the same group changes them.
  type Key = 'initial_lr' | 'max_lr' | 'min_lr';
  const phase = (end: number, from: Key, to: Key) => ({ end, from, to });
  const rise = phase(share * total - 1, 'initial_lr', 'max_lr');
  const phases = params.three_phase
    ? [rise, phase(2 * share * total - 2, 'max_lr', 'initial_lr'), phase(total - 1, 'initial_lr', 'min_lr')]
    : [rise, phase(total - 1, 'max_lr', 'min_lr')];
  const anneal = strategy === 'cos' ? cosineBetween : linearBetween;
  const lr: GetLr = ({ last_epoch }) => {
    if (last_epoch > total) {
      throw refusal(
        name,
        `Tried to step ${last_epoch} times. The specified number of total steps is ${total}`,
      );
    }
    let start = 0;
    let at = 0;
    while (at < phases.length - 1 && last_epoch > (phases[at]?.end ?? 0)) {
      start = phases[at]?.end ?? 0;
      at += 1;
    }
    const { end, from, to } = phases[at] ?? rise;
    return anneal(group[from] ?? initial, group[to] ?? min, (last_epoch - start) / (end - start));
  };
  return newScheduler(name, group, lr, lr);
}

/** The total number of steps of a OneCycleLR. */
export function oneCycleTotal(
  name: string,
  given: {
    total_steps?: number | null | undefined;
    epochs?: number | null | undefined;
    steps_per_epoch?: number | null | undefined;
  },
): number {
  const positive = (key: string, value: number) => {
    if (Number.isInteger(value) && value > 0) return value;
    throw refusal(name, `Expected positive integer ${key}, but got ${value}`);
  };
  if (given.total_steps != null) return positive('total_steps', given.total_steps);
  if (given.epochs != null && given.steps_per_epoch != null) {
    return positive('epochs', given.epochs) * positive('steps_per_epoch', given.steps_per_epoch);
  }
  throw refusal(name, 'You must define either total_steps OR (epochs AND steps_per_epoch)');
}

const restartParameters = z.strictObject({
  T_0: steps,
  T_mult: steps.default(1),
  eta_min: z.number().default(0),
  ...freshStart,
});

/** torch 2.13 CosineAnnealingWarmRestarts (lr_scheduler.py:2105), which counts on its own: T_cur, T_i. */
export function cosineWarmRestarts(name: string, given: Record<string, unknown>, group: Group): Scheduler {
  const { T_0, T_mult, eta_min } = readParams(name, restartParameters, given);
  if (T_0 <= 0 || !Number.isInteger(T_0))
    throw refusal(name, `Expected positive integer T_0, but got ${T_0}`);
  if (T_mult < 1 || !Number.isInteger(T_mult))
    throw refusal(name, `Expected integer T_mult >= 1, but got ${T_mult}`);
  let [current, period] = [0, T_0];
  const wave = ({ base_lr }: State, at: number, length: number) =>
    eta_min + ((base_lr - eta_min) * (1 + cos((Math.PI * at) / length))) / 2;
  const lr = (state: State) => wave(state, current, period);
  return newScheduler(
    name,
    group,
    (state) => {
      if (state.last_epoch <= 0) {
        state.last_epoch = 0;
        [current, period] = [0, T_0];
      } else {
        current += 1;
        if (current >= period) [current, period] = [current % period, period * T_mult];
      }
      return lr(state);
    },
    // When SequentialLR restarts it, it only reads its position.
    lr,
    (state) => wave(state, ...placeInCycle(state.last_epoch, T_0, T_mult)),
  );
}

/** The position of an epoch in its cycle, and the length of that cycle: `first` epochs, and each later cycle `times` as many. */
function placeInCycle(epoch: number, first: number, times: number): [at: number, length: number] {
  if (times === 1) return [epoch % first, first];
  let [at, length] = [epoch, first];
  while (at >= length) [at, length] = [at - length, length * times];
  return [at, length];
}

function cosineBetween(start: number, end: number, share: number): number {
  return end + ((start - end) / 2) * (cos(Math.PI * share) + 1);
}

function linearBetween(start: number, end: number, share: number): number {
  return (end - start) * share + start;
}
