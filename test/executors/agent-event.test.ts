import { expect, test } from 'vitest';
import { parseAgentEvent } from '../../src/executors/agent-event.ts';

const step = (fields: string) =>
  parseAgentEvent(
    `{"type": "rank", "event": {"type": "step", "rank": 0, "step": 1, "expected": null, ${fields}}}`,
  );

test('what a rank says is passed on with all its fields', () => {
  expect(step('"lrs": [1e-5, 2.5], "more": {"a": null}')).toEqual({
    type: 'rank',
    event: {
      type: 'step',
      rank: 0,
      optimizer: 0,
      step: 1,
      expected: null,
      lrs: [1e-5, 2.5],
      more: { a: null },
    },
  });
});

test.for([
  ['"a": NaN', { a: null }],
  ['"a": [NaN, Infinity, -Infinity, 1]', { a: [null, null, null, 1] }],
  ['"a":NaN,"b":"NaN, Infinity"', { a: null, b: 'NaN, Infinity' }],
  [String.raw`"a": "\\", "b": NaN, "c": "\" NaN "`, { a: '\\', b: null, c: '" NaN ' }],
] as const)('numbers that JSON does not know become null: %s', ([fields, expected]) => {
  expect(step(`"lrs": [], ${fields}`)).toMatchObject({ type: 'rank', event: expected });
});

test('a learning rate that JSON does not know is no number', () => {
  expect(step('"lrs": [NaN, 1]')).toMatchObject({ event: { type: 'step', lrs: [Number.NaN, 1] } });
});

test.for([
  ['"step", "lrs": [1]', 'step', 'step'],
  ['"hello", "pid": "7", "world_size": 2', 'hello', 'pid'],
  ['"dance"', 'dance', 'type'],
  ['"constructor"', 'constructor', 'type'],
])('what no callback says is named, with its field: %s', ([text, event, field]) => {
  expect(parseAgentEvent(`{"type": "rank", "event": {"rank": 3, "type": ${text}}}`)).toEqual({
    type: 'rank',
    event: { type: 'invalid', rank: 3, event, field },
  });
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
