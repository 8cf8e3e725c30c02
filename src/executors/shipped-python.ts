import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A Python file of rampcheck's own on a node: Python reads exactly as many bytes of its standard input as the file has, and runs
 * them; what follows is for the program. Nothing is installed, no file is written, and neither quotes nor backslashes are there for a
 * shell to take.
 */
export function shippedPython(
  name: 'agent.py' | 'probe.py',
  python: string,
  args: readonly string[],
): { argv: string[]; text: Buffer } {
  const text = readFileSync(fileURLToPath(new URL(`../node/rampcheck_node/${name}`, import.meta.url)));
  const read = `io.BufferedReader(io.FileIO(0,closefd=False),1).read(${text.length})`;
  // Isolated: the user's PYTHONPATH is for the training, and may hide modules that are needed here.
  return { argv: [python, '-I', '-c', `import io;exec(compile(${read},"${name}","exec"))`, ...args], text };
}
