import { expect, test } from 'vitest';
import type { AgentEvent } from '../../src/contract/agent-messages.ts';
import { firstError, type Judge, react } from '../../src/run/react.ts';
import { newRun, type Run } from '../../src/run/run.ts';

/** The state machine on its own: one event in, actions out. The processes are in seed.test.ts and endings.test.ts. */
const judge: Judge = {
  contradiction: () => undefined,
  warnings: () => [],
  hold: (_, projection) => (projection ? 2 : 5),
  projection: true,
  stopOnMismatch: true,
};
const rank = (node: number, type: string, fields: Record<string, unknown> = {}): [number, AgentEvent] => [
  node,
  { type: 'rank', event: { type, rank: node, time: 1, ...fields } },
];
const hello = (node: number) => rank(node, 'hello', { pid: 100 + node, world_size: 2 });
const step = (node: number) => rank(node, 'step', { step: 0, lrs: [1], expected: [1] });
const projected = (node: number) => rank(node, 'projected', { available: true, difference: null });
const violation = (node: number) =>
  rank(node, 'violation', {
    by: 'projection',
    step: 0,
    difference: { step: 1, group: 0, expected: 1, actual: 2 },
    max_deviation: 1,
    window: [],
  });

function play(run: Run, events: [number, AgentEvent][], other: Partial<Judge> = {}) {
  return events.flatMap(([node, event]) => react(run, node, event, { ...judge, ...other }, 1000));
}

test('is released when every rank has projected and shown enough steps, not before', () => {
  const run = newRun(['a', 'b'], null);
  const early = [
    hello(0),
    hello(1),
    rank(0, 'declared'),
    rank(1, 'declared'),
    projected(0),
    projected(1),
    step(0),
    step(0),
  ];
  expect(play(run, early)).toEqual([]);
  expect(play(run, [step(1)])).toEqual([]);
  expect(run.state).toBe('holding');
  expect(play(run, [step(1)])).toEqual([{ do: 'release' }]);
  expect(run.state).toBe('released');
});

test('a rank that has not said hello keeps the run held', () => {
  const run = newRun(['a', 'b'], null);
  play(run, [hello(0), rank(0, 'declared'), projected(0), step(0), step(0), step(0)]);
  expect(run.state).toBe('holding');
});

test('the first violation waits a moment for the other ranks, the last one does not', () => {
  const run = newRun(['a', 'b'], null);
  expect(play(run, [hello(0), hello(1), violation(1)])).toEqual([{ do: 'stop', grace: 0.2, after: 400 }]);
  expect(play(run, [violation(0)])).toEqual([{ do: 'stop', grace: 0.2, after: 0 }]);
  expect(run.cause).toMatchObject({ kind: 'violation', rank: 1 });
});

test('with --on-mismatch warn it goes on, and says so', () => {
  const run = newRun(['a', 'b'], null);
  expect(play(run, [hello(0), hello(1), violation(0)], { stopOnMismatch: false })).toEqual([]);
  expect(run.cause).toBeNull();
  expect(run.warnings).toHaveLength(1);
});

test('after release a violation and a fault of the callback are warnings', () => {
  const run = newRun(['a'], null);
  run.state = 'released';
  expect(play(run, [violation(0), rank(0, 'fault', { traceback: 'x' })])).toEqual([]);
  expect(run.cause).toBeNull();
  expect(run.warnings).toHaveLength(2);
});

test('while held a fault of the callback ends the run', () => {
  const run = newRun(['a'], null);
  expect(play(run, [hello(0), rank(0, 'fault', { traceback: 'x' })])).toHaveLength(1);
  expect(run.cause).toMatchObject({ kind: 'fault', rank: 0 });
});

test('the first error by time is the root cause, whichever node reports first', () => {
  const run = newRun(['a', 'b'], null);
  play(run, [
    hello(0),
    hello(1),
    rank(0, 'error', { time: 20, error: 'a consequence', traceback: '' }),
    rank(1, 'error', { time: 10, error: 'the cause', traceback: '' }),
    [0, { type: 'exited', code: 1, signal: null, time: 30 }],
  ]);
  expect(run.cause).toMatchObject({ kind: 'training-failed', rank: 1, node: 1 });
});

test('the first reason to end stands', () => {
  const run = newRun(['a', 'b'], null);
  play(run, [
    [0, { type: 'not_started', reason: 'no such file', errno: 'ENOENT' }],
    [1, { type: 'exited', code: 143, signal: null, time: 1 }],
  ]);
  expect(run.cause).toMatchObject({ kind: 'not-started', node: 0 });
});

test('a projection that differs does not release a run that has shown enough steps: its violation is on its way', () => {
  const run = newRun(['a'], null);
  const alone = rank(0, 'hello', { pid: 100, world_size: 1 });
  const difference = { step: 9, group: 0, expected: 1, actual: 2 };
  play(run, [alone, rank(0, 'declared'), step(0), step(0)]);
  expect(play(run, [rank(0, 'projected', { available: true, difference })])).toEqual([]);
  expect(run.state).toBe('holding');
  play(run, [violation(0)]);
  expect(run.cause).toMatchObject({ kind: 'violation', rank: 0 });
});

test('a step that differs does not release the run: it proves nothing, and its violation is on its way', () => {
  const start: [number, AgentEvent][] = [
    rank(0, 'hello', { pid: 100, world_size: 1 }),
    rank(0, 'declared'),
    projected(0),
  ];
  const differs = rank(0, 'step', { step: 1, lrs: [2], expected: [1], differs: true });
  const run = newRun(['a'], null);
  expect(play(run, [...start, step(0), differs])).toEqual([]);
  expect(run.state).toBe('holding');
  const tolerant = newRun(['a'], null);
  play(tolerant, [...start, step(0), differs], { stopOnMismatch: false });
  expect(tolerant.state).toBe('released');
});

test('a rank that was not released yet when it found a violation ends a run that has been released since', () => {
  const run = newRun(['a'], null);
  run.state = 'released';
  const [node, event] = violation(0) as [number, { event: Record<string, unknown> } & AgentEvent];
  play(run, [[node, { ...event, event: { ...event.event, parks: true } } as AgentEvent]]);
  expect(run.cause).toMatchObject({ kind: 'violation', rank: 0 });
});

test('two optimizers are both to be shown when there are two curves', () => {
  const run = newRun(['a'], null);
  const of = (optimizer: number, type: string, fields = {}) =>
    rank(0, type, { optimizer, ...(type === 'projected' ? { available: true } : {}), ...fields });
  const shown = (optimizer: number) =>
    ['declared', 'projected', 'step', 'step'].map((type) => of(optimizer, type, { lrs: [1], expected: [1] }));
  const alone = rank(0, 'hello', { pid: 100, world_size: 1 });
  expect(play(run, [alone, ...shown(0)], { optimizers: 2 })).toEqual([]);
  expect(play(run, shown(1), { optimizers: 2 })).toEqual([{ do: 'release' }]);
});

test('ranks that are asked for different curves are a contradiction that names them', () => {
  const run = newRun(['a', 'b'], null);
  const declared = (node: number, total: number) => rank(node, 'declared', { total });
  const disagreement: Judge['disagreement'] = (one, other, names) =>
    one.total === other.total ? undefined : { id: 'ranks-differ', message: names.join(' and '), fix: [] };
  play(run, [hello(0), hello(1), declared(0, 8), declared(1, 9)], { disagreement });
  expect(run.cause).toMatchObject({ id: 'ranks-differ', message: 'rank 0 on a and rank 1 on b' });
});

test.each([
  [5, /ended after 5 of the 8 optimizer steps/],
  [9, /went on to 9 optimizer steps, and its curve ends at 8/],
  [8, /^$/],
])('a training that ends at step %d of 8', (step, warning) => {
  const run = newRun(['a'], null);
  run.state = 'released';
  play(run, [rank(0, 'end', { trainings: [{ optimizer: 0, step, total: 8 }] })]);
  expect(run.warnings.join()).toMatch(warning);
});

test('a node whose clock is two minutes behind does not take the blame', () => {
  const run = newRun(['a', 'b'], null);
  // Milliseconds at which it happened; node 1 writes down two minutes less, and its words take longer.
  const tell = (node: number, type: string, ms: number) => {
    const time = (1e9 + ms - (node === 1 ? 120_000 : 0)) * 1e6;
    const [, event] = rank(node, type, { time, pid: 1, world_size: 2, error: `${node}`, traceback: '' });
    react(run, node, event, judge, 1e9 + ms + (node === 1 ? 40 : 5));
  };
  tell(0, 'hello', 0);
  tell(1, 'hello', 0);
  tell(0, 'error', 3000);
  tell(1, 'error', 3500);
  expect(firstError(run)?.rank).toBe(0);
});
