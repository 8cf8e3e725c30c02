import { quote } from '../job/quote.ts';
import type { PlannedNode } from '../plan/plan.ts';

/**
 * Formats a node's command as shell lines of at most `columns` columns that can be pasted: wrapped with backslashes between words; a
 * word that is longer than a line stays whole.
 */
export function nodeCommandLines(
  { argv, env }: Pick<PlannedNode, 'argv' | 'env'>,
  columns: number,
): string[] {
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`);
  const words = [...assignments, ...argv.map(quote)];
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length + 2 > columns) {
      lines.push(`${line} \\`);
      line = `  ${word}`;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
