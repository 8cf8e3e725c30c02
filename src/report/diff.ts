const CONTEXT = 3;

/** Returns a unified diff of two texts that `patch` accepts; empty if they are equal. */
export function unifiedDiff(file: string, before: string, after: string): string {
  const [left, right] = [before, after].map(linesOf);
  if (!left || !right || before === after) return '';
  const changes = compareLines(left, right);
  const hunks = groupChanges(changes).map((hunk) => {
    const old = hunk.filter(({ kind }) => kind !== '+').length;
    const fresh = hunk.filter(({ kind }) => kind !== '-').length;
    const [first] = hunk;
    const head = `@@ -${range(first?.left ?? 0, old)} +${range(first?.right ?? 0, fresh)} @@`;
    return [head, ...hunk.map(({ kind, text }) => `${kind}${text}`)].join('\n');
  });
  return `--- a/${file}\n+++ b/${file}\n${hunks.join('\n')}\n`;
}

interface Change {
  kind: ' ' | '-' | '+';
  text: string;
  /** Index of the line in the old and the new text. */
  left: number;
  right: number;
}

/** A last line without a line break gets the remark that patch expects. */
function linesOf(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return last === '' ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

/** The longest common subsequence, after equal lines at both ends are removed. Configs are short, so its quadratic cost is fine. */
function compareLines(left: readonly string[], right: readonly string[]): Change[] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let tail = 0;
  const most = Math.min(left.length, right.length) - start;
  while (tail < most && left.at(-1 - tail) === right.at(-1 - tail)) tail++;
  const [a, b] = [left.slice(start, left.length - tail), right.slice(start, right.length - tail)];
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const common = (i: number, j: number) => table[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = table[i];
      if (row)
        row[j] = a[i] === b[j] ? common(i + 1, j + 1) + 1 : Math.max(common(i + 1, j), common(i, j + 1));
    }
  }
  const changes: Change[] = left.slice(0, start).map((text, i) => ({ kind: ' ', text, left: i, right: i }));
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const place = { left: start + i, right: start + j };
    if (i < a.length && j < b.length && a[i] === b[j]) {
      changes.push({ kind: ' ', text: a[i++] ?? '', ...place });
      j++;
    } else if (i < a.length && (j === b.length || common(i + 1, j) >= common(i, j + 1))) {
      changes.push({ kind: '-', text: a[i++] ?? '', ...place });
    } else {
      changes.push({ kind: '+', text: b[j++] ?? '', ...place });
    }
  }
  for (let k = tail; k > 0; k--) {
    changes.push({ kind: ' ', text: left.at(-k) ?? '', left: left.length - k, right: right.length - k });
  }
  return changes;
}

/** Changes with three lines of context; changes closer than six lines form one hunk. */
function groupChanges(changes: readonly Change[]): Change[][] {
  const hunks: Change[][] = [];
  let until = -1;
  changes.forEach(({ kind }, at) => {
    if (kind === ' ') return;
    const from = Math.max(0, at - CONTEXT);
    if (from > until || hunks.length === 0) hunks.push(changes.slice(from, at));
    else hunks.at(-1)?.push(...changes.slice(until, at));
    hunks.at(-1)?.push(...changes.slice(at, at + 1));
    until = at + 1;
    const next = changes.findIndex((change, index) => index > at && change.kind !== ' ');
    const stop =
      next >= 0 && next - at <= 2 * CONTEXT + 1 ? at + 1 : Math.min(changes.length, at + 1 + CONTEXT);
    hunks.at(-1)?.push(...changes.slice(until, stop));
    until = Math.max(until, stop);
  });
  return hunks;
}

function range(first: number, count: number): string {
  const start = count === 0 ? first : first + 1;
  return count === 1 ? String(start) : `${start},${count}`;
}
