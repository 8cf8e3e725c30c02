import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zip } from './zip.ts';

const source = fileURLToPath(new URL('../node/', import.meta.url));
/** The boot script is sent before the archive and is not part of it. */
const BOOT = 'boot.py';

let packed: Buffer | undefined;

/** The archive of everything that runs on nodes and in ranks, with the same bytes every time. `more` are the files of one job. */
export function archive(
  more?: Readonly<Record<string, string>>,
  method: 'deflated' | 'stored' = 'deflated',
): Buffer {
  if (more) return zip({ ...nodeFiles(), ...more }, method);
  packed ??= zip(nodeFiles());
  return packed;
}

/** Python and contract.json, by path below src/node. */
function nodeFiles(): Record<string, Buffer> {
  const names = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(py|json)$/.test(name) && name !== BOOT)
    .sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(source, name))]));
}

/** Reads one line from standard input and runs it, without reading further bytes. It contains no quotes or backslashes, so that a shell cannot change it. */
const READ_ONE_LINE = 'import io;i=io.BufferedReader(io.FileIO(0,closefd=False),1);exec(i.readline())';

/**
 * A command of the archive (src/node/rampcheck_node/commands.py) on a node: `text` is written to its standard input first;
 * the rest is for the command. Nothing is installed, and no file is written for it.
 */
export function nodeProgram(python: string, command: readonly string[]): { argv: string[]; text: Buffer } {
  const boot = readFileSync(join(source, BOOT));
  const body = archive();
  const sizes = `exec(compile(i.read(${boot.length}),"${BOOT}","exec"));start(i.read(${body.length}))\n`;
  // Isolated: the user's PYTHONPATH is for the training and may hide modules that are needed here.
  return {
    argv: [python, '-I', '-c', READ_ONE_LINE, ...command],
    text: Buffer.concat([Buffer.from(sizes), boot, body]),
  };
}
