import { expect, test } from 'vitest';
import { families } from '../../src/schedule/index.ts';
import { longWarmup, readSpan, writeSpan } from '../../src/schedule/span.ts';

const named = families.flatMap((family) =>
  family.schedules.map((schedule) => ({ lib: family.name, scheduler: schedule.name, schedule })),
);

test.each(named)('$lib:$scheduler has the arguments that it says it has', ({ lib, schedule }) => {
  const { warmup = [], total = [], floor = [] } = schedule.names;
  const versions = {};
  for (const name of [...warmup, ...total, ...floor]) {
    let message = '';
    try {
      schedule.curve({ [name]: 1 }, 1e-3, versions);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message, `${lib}:${schedule.name} ${name}`).not.toContain('unexpected keyword argument');
  }
});

test.each(named)('$lib:$scheduler reads the span that is written for it', ({ lib, scheduler, schedule }) => {
  const { names } = schedule;
  const params = writeSpan({ lib, scheduler }, { warmup: 3, total: 40 });
  if (!names.warmup && !names.total) {
    expect(params).toBeUndefined();
    return;
  }
  const spec = { lib, scheduler, params: params ?? {}, lr0: 1e-3 };
  expect(readSpan(spec)).toEqual({ warmup: names.warmup && 3, total: names.total && 40 });
  expect(longWarmup(spec)).toBeUndefined();
  const long = { ...spec, params: writeSpan({ lib, scheduler }, { warmup: 50, total: 40 }) ?? {} };
  const clashes = names.warmup && names.total && !names.checksWarmup;
  expect(longWarmup(long)).toEqual(clashes ? { warmup: 50, total: 40, name: names.warmup?.[0] } : undefined);
});

test('of two names for the total the one that decides is read', () => {
  const params = { warmup_steps: 1, training_steps: 100, total_steps: 60 };
  const spec = { lib: 'torchtitan', scheduler: 'linear_warmup_stable_decay', params, lr0: 1e-3 };
  expect(readSpan(spec).total).toBe(60);
});
