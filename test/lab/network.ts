import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Runs ip(8) with these lines at once. */
export function ip(lines: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', ['-batch', '-'], {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`ip: ${stderr.trim()}`);
}

/** How often the kernel of a host has repeated the same data on one of its connections, without an answer so far. */
export function unanswered({ pid }: { pid: number }): number {
  const lines = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, 'utf8').split('\n'),
  );
  const ESTABLISHED = '01';
  const fields = lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === ESTABLISHED);
  return Math.max(
    0,
    ...fields.map(([, , , , , , retransmissions]) => Number.parseInt(retransmissions ?? '', 16)),
  );
}
