/** One line of one rank; null is a node's launcher. */
export interface RankLine {
  node: string;
  rank: number | null;
  text: string;
}

/** The same line of many ranks, printed once. */
export interface FoldedLine {
  text: string;
  /** In order of arrival. */
  from: { node: string; rank: number | null }[];
}

/** How long a line waits for equal lines of other ranks (milliseconds). */
export const FOLD_MS = 200;

/**
 * Collects lines that many ranks print at nearly the same time, and passes each text on once with the ranks that printed it: 64 ranks that
 * load a model print the same line 64 times. The lines of one rank keep their order; a line of a single rank is delayed by at most
 * `FOLD_MS` milliseconds.
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
      // After the rank's own previous line: a line that it repeats is printed again.
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

/** The maximum number of lines to hold: a flood is passed on at once without folding. */
const MOST = 500;

/** What differs between equal messages of different ranks: the rank, the device, the time. */
function comparable(text: string): string {
  return text
    .replace(/\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?/g, '<time>')
    .replace(/\b(rank|cuda|pid|local_rank)([ =:]*)\d+/gi, '$1$2<n>')
    .replace(/\b\d\d:\d\d:\d\d(?:[.,]\d+)?/g, '<time>');
}

/** Formats ranks as ranges: `0-7,9`. */
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
