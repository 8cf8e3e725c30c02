import { expect, test } from 'vitest';
import { parseAgentEvent } from '../../src/executors/agent-event.ts';

const rank = (fields: string) =>
  parseAgentEvent(`{"type": "rank", "event": {"type": "step", "rank": 0, ${fields}}}`);

test('what a rank says is passed on with all its fields', () => {
  expect(rank('"lrs": [1e-5, 2.5], "more": {"a": null}')).toEqual({
    type: 'rank',
    event: { type: 'step', rank: 0, lrs: [1e-5, 2.5], more: { a: null } },
  });
});

test.for([
  ['"a": NaN', { a: null }],
  ['"a": [NaN, Infinity, -Infinity, 1]', { a: [null, null, null, 1] }],
  ['"a":NaN,"b":"NaN, Infinity"', { a: null, b: 'NaN, Infinity' }],
  [String.raw`"a": "\\", "b": NaN, "c": "\" NaN "`, { a: '\\', b: null, c: '" NaN ' }],
] as const)('numbers that JSON does not know become null: %s', ([fields, expected]) => {
  expect(rank(fields)).toEqual({ type: 'rank', event: { type: 'step', rank: 0, ...expected } });
});

test.for([
  '',
  'Traceback (most recent call last):',
  '[]',
  '{"type": "dance"}',
  '{"type": "started"}',
  '{"type": "rank", "event": {"type": "step"}}',
  '{"type": "rank", "event": {"type": "step", "rank": -1}}',
  '{"type": "log", "rank": 0, "lines": "text"}',
  '{"type": "gone", "killed": 0, "seconds": 1}',
])('anything else is a fault: %s', (line) => {
  expect(parseAgentEvent(line)).toMatchObject({ type: 'fault', message: expect.stringContaining(line) });
});
