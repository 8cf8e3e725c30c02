import { expect, test } from 'vitest';
import { makePrinter } from '../../src/report/output.ts';

const bar = (step: number) => ` ${step * 10}%|███       | ${step}/10 [00:0${step % 10}<00:09,  1.07it/s]`;

function print(lines: string[], live: boolean, now?: () => number): string {
  let out = '';
  const line = makePrinter(
    (text) => {
      out += text;
    },
    live,
    now,
  );
  lines.forEach(line);
  return out;
}

test('on a terminal a progress bar stays in its line', () => {
  const out = print(['hello', bar(1), bar(2), "{'loss': 1}", bar(3)], true);
  expect(out).toBe(`hello\n\r\x1b[2K${bar(1)}\r\x1b[2K${bar(2)}\n{'loss': 1}\n\r\x1b[2K${bar(3)}`);
});

test('elsewhere it is thinned out, and its end is shown', () => {
  let clock = 0;
  const out = print(
    Array.from({ length: 10 }, (_, i) => bar(i + 1)),
    false,
    () => (clock += 10_000),
  );
  expect(out.trimEnd().split('\n')).toEqual([bar(1), bar(4), bar(7), bar(10)].map((text) => text));
});

test.each(["{'loss': '4.857', 'learning_rate': '0'}", 'accuracy 12% | 3/25', '100% sure', 'step 3/25 [ok]'])(
  'a line that is no progress bar passes: %s',
  (text) => {
    expect(print([text, text], false)).toBe(`${text}\n${text}\n`);
  },
);

test('a described bar and one without a total are progress bars too', () => {
  expect(
    print(['Map: 12%|█▏  | 3/25 [00:01<00:09]', 'Map: 13%|█▏  | 4/25 [00:01<00:09]'], false).split('\n'),
  ).toHaveLength(2);
  expect(print(['17it [00:03, 5.1it/s]', '18it [00:03, 5.1it/s]'], false).split('\n')).toHaveLength(2);
});
