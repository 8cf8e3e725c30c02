import { expect, test } from 'vitest';
import { judgeLog } from '../../src/logs/judge-log.ts';
import type { LoggedRate } from '../../src/logs/log.ts';
import { curve } from '../../src/schedule/index.ts';

/** Cosine over 100 steps with ten of warmup. */
const params = { num_warmup_steps: 10, num_training_steps: 100 };
const lr = curve({ lib: 'transformers', scheduler: 'cosine', params, lr0: 1e-5 });
const expected = Float64Array.from({ length: 100 }, (_, step) => lr(step));

/** A log line behind every fifth step, showing what `rate` says of the steps done. */
function log(rate: (done: number) => number, lines = 20, rounding = 0) {
  return Array.from({ length: lines }, (_, index): LoggedRate & { file: string } => {
    const done = 5 * (index + 1);
    return { done, lr: rate(done), rounding, line: index + 1, file: 'train.log' };
  });
}

test.each([
  ['used', (done: number) => lr(done - 1)],
  ['next', (done: number) => lr(done)],
] as const)('a log that shows the rate as "%s" agrees, and is known for it', (shown, rate) => {
  expect(judgeLog(log(rate), expected)).toMatchObject({ outcome: 'agrees', shown, difference: null });
});

test('a flat rate leaves a cosine where it first can', () => {
  const verdict = judgeLog(
    log((done) => (done <= 10 ? lr(done) : 1e-5)),
    expected,
  );
  expect(verdict).toMatchObject({
    outcome: 'differs',
    difference: { step: 15, line: 3, logged: 1e-5, expected: lr(15) },
  });
});

test('what printing loses is no difference, and no more than that', () => {
  const printed = (done: number) => Number(lr(done - 1).toPrecision(4));
  const rounding = 0.5e-8;
  expect(judgeLog(log(printed, 20, rounding), expected).outcome).toBe('agrees');
  expect(judgeLog(log(printed), expected).outcome).toBe('differs');
});

test('while a constant would have agreed too, nothing is said', () => {
  const all = Float64Array.from({ length: 100_000 }, (_, step) => 1e-5 * Math.cos(step / 1e5));
  const verdict = judgeLog(
    log(() => 1e-5, 3, 0.5e-8),
    all,
  );
  expect(verdict).toMatchObject({ outcome: 'unverified', compared: 3 });
  expect(verdict.why).toMatch(/too early to tell/);
  // Where a constant is what was asked for, it is all that there is to see.
  expect(
    judgeLog(
      log(() => 1e-5),
      new Float64Array(100).fill(1e-5),
    ).outcome,
  ).toBe('agrees');
});

test('steps that fp16 has skipped are no violation, and no proof either', () => {
  const verdict = judgeLog(
    log((done) => lr(done < 40 ? done - 1 : done - 4)),
    expected,
  );
  expect(verdict).toMatchObject({ outcome: 'unverified', difference: { step: 39 } });
  expect(verdict.why).toMatch(/3 steps late/);
});

test('steps past the end of the curve are not judged', () => {
  expect(judgeLog(log(() => 1).slice(-1), expected.slice(0, 50))).toMatchObject({
    outcome: 'unverified',
    compared: 0,
    why: 'no logged step lies on the expected curve',
  });
});
