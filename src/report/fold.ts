/** One line of one rank; null is a node's launcher. */
export interface RankLine {
  node: string;
  rank: number | null;
  text: string;
}

/** The same line of many ranks, said once. */
export interface FoldedLine {
  text: string;
  /** In the order they came. */
  from: { node: string; rank: number | null }[];
}

/** How long a line waits for the same line of other ranks (milliseconds). */
export const FOLD_MS = 200;

/**
 * Collects lines that come from many ranks at nearly the same time, and hands each text on once with who said it: 64 ranks that
 * load a model say 64 times the same. A rank's own lines keep their order; a line that nobody shares is not held back longer than
 * `FOLD_MS`.
 */
export function makeFolder(
  emit: (line: FoldedLine) => void,
  schedule: (work: () => void) => void = (work) => void setTimeout(work, FOLD_MS),
): { line(line: RankLine): void; flush(): void } {
  const waiting: FoldedLine[] = [];
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    for (const line of waiting.splice(0)) emit(line);
  };
  return {
    line({ node, rank, text }) {
      const key = comparable(text);
      // Behind the rank's own last line: what it repeats comes again.
      const after = waiting.findLastIndex(({ from }) =>
        from.some((one) => one.node === node && one.rank === rank),
      );
      const same = waiting.findIndex((line, index) => index > after && comparable(line.text) === key);
      if (same >= 0) waiting[same]?.from.push({ node, rank });
      else waiting.push({ text, from: [{ node, rank }] });
      if (waiting.length > MOST) flush();
      else if (!scheduled) {
        scheduled = true;
        schedule(flush);
      }
    },
    flush,
  };
}

/** More than this is not held: a flood passes unfolded rather than slowly. */
const MOST = 500;

/** What ranks of one job say differently of the same thing: their own number, their device, the time. */
function comparable(text: string): string {
  return text
    .replace(/\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?/g, '<time>')
    .replace(/\b(rank|cuda|pid|local_rank)([ =:]*)\d+/gi, '$1$2<n>')
    .replace(/\b\d\d:\d\d:\d\d(?:[.,]\d+)?/g, '<time>');
}

/** `0-7,9`: ranks as people write them. */
export function rankWords(ranks: readonly number[]): string {
  const sorted = [...new Set(ranks)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    let last = at;
    while (sorted[last + 1] === (sorted[last] ?? 0) + 1) last++;
    parts.push(last === at ? `${sorted[at]}` : `${sorted[at]}-${sorted[last]}`);
    at = last + 1;
  }
  return parts.join(',');
}

/** `[worker-1:8]` for one rank; `[0-63 ×64]` for many. */
export function prefixOf({ from }: FoldedLine): string {
  const [first] = from;
  if (!first) return '';
  if (from.length === 1) return `[${first.node}:${first.rank ?? 'launcher'}]`;
  const ranks = from.flatMap(({ rank }) => (rank === null ? [] : [rank]));
  const launchers = from.length - ranks.length;
  const words = [ranks.length ? rankWords(ranks) : '', launchers ? 'launchers' : '']
    .filter(Boolean)
    .join(',');
  return `[${words} ×${from.length}]`;
}
