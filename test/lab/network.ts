import { spawnSync } from 'node:child_process';

/** Runs ip(8) with these lines at once. */
export function ip(lines: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', ['-batch', '-'], {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`ip: ${stderr.trim()}`);
}
