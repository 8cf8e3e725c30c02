import { expect, test } from 'vitest';
import { type FoldedLine, makeFolder, prefixOf, type RankLine, rankWords } from '../../src/report/fold.ts';
import { plainReporter } from '../../src/report/plain.ts';

function fold(lines: readonly RankLine[], flushAfter: readonly number[] = []): string[] {
  const said: FoldedLine[] = [];
  const folder = makeFolder(
    (line) => said.push(line),
    () => {},
  );
  lines.forEach((line, index) => {
    folder.line(line);
    if (flushAfter.includes(index)) folder.flush();
  });
  folder.flush();
  return said.map((line) => `${prefixOf(line)} ${line.text}`);
}

const ranks = Array.from({ length: 64 }, (_, rank) => rank);
const everybody = (text: (rank: number) => string): RankLine[] =>
  ranks.map((rank) => ({ node: `worker-${Math.floor(rank / 8)}`, rank, text: text(rank) }));

test('the same line of 64 ranks is shown once', () => {
  expect(fold(everybody(() => 'loading the model'))).toEqual(['[0-63 ×64] loading the model']);
});

test('what differs in rank, device or time alone is the same; the first one is shown', () => {
  const lines = everybody(
    (rank) => `2026-11-24 13:40:${10 + (rank % 50)},123 rank ${rank} on cuda:${rank % 8} is ready`,
  );
  expect(fold(lines)).toEqual(['[0-63 ×64] 2026-11-24 13:40:10,123 rank 0 on cuda:0 is ready']);
});

test('a rank that says another thing is shown by itself', () => {
  const lines = everybody((rank) => (rank === 13 ? 'CUDA error: out of memory' : 'step done'));
  expect(fold(lines)).toEqual(['[0-12,14-63 ×63] step done', '[worker-1:13] CUDA error: out of memory']);
});

test('numbers that mean something are not folded', () => {
  expect(fold(everybody((rank) => `loss ${rank}`))).toHaveLength(64);
});

test("a rank's own lines keep their order, also when it repeats one", () => {
  const lines = ['a', 'b', 'a', 'b'].flatMap((text) => [0, 1].map((rank) => ({ node: 'n', rank, text })));
  expect(fold(lines).map((line) => line.slice(-1))).toEqual(['a', 'b', 'a', 'b']);
  const crossed = [
    { node: 'n', rank: 0, text: 'a' },
    { node: 'n', rank: 0, text: 'b' },
    { node: 'n', rank: 1, text: 'b' },
    { node: 'n', rank: 1, text: 'a' },
  ];
  expect(fold(crossed)).toEqual(['[n:0] a', '[0-1 ×2] b', '[n:1] a']);
});

test('what comes after the wait is another line', () => {
  const lines = [0, 1].map((rank) => ({ node: 'n', rank, text: 'a' }));
  expect(fold(lines, [0])).toEqual(['[n:0] a', '[n:1] a']);
});

test('a flood passes: nothing is held beyond a bound, nothing is lost', () => {
  const lines = Array.from({ length: 5000 }, (_, index) => ({
    node: 'n',
    rank: index % 64,
    text: `line ${index}`,
  }));
  expect(fold(lines)).toHaveLength(5000);
});

test('ranks as people write them', () => {
  expect(rankWords([3, 1, 2, 2, 7, 9, 8])).toBe('1-3,7-9');
  expect(
    prefixOf({
      text: '',
      from: [
        { node: 'a', rank: null },
        { node: 'b', rank: null },
      ],
    }),
  ).toBe('[launchers ×2]');
});

test.for<[string, Partial<Parameters<typeof plainReporter>[0]>, string[]]>([
  ['rank 0 as it is', {}, ['x 0']],
  ['another one as it is', { ranks: [8] }, ['x 8']],
  ['two of them, with their places', { ranks: [0, 8] }, ['[worker-0:0] x 0', '[worker-1:8] x 8']],
  ['nobody', { output: null }, []],
])('shown: %s', ([, options, expected]) => {
  const said: string[] = [];
  const reporter = plainReporter({
    output: (text) => said.push(text),
    say: () => {},
    verbose: false,
    ...options,
  });
  for (const { node, rank, text } of everybody((of) => `x ${of}`)) reporter.line(node, rank, text);
  reporter.update({ state: 'finished', ranks: new Map() } as never);
  expect(said).toEqual(expected);
});
