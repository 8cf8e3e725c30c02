import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { logName } from './directory.ts';

/** An output file in a run's folder. */
export interface LogFile {
  node: string;
  /** null: the node's launcher. */
  rank: number | null;
  path: string;
}

/** Selects output; undefined means all. */
export interface LogChoice {
  ranks?: readonly number[] | undefined;
  node?: string | undefined;
  launchers: boolean;
}

/** The output files of a run, in node order, launchers first. */
export function logFiles(path: string, nodes: readonly string[], choice: LogChoice): LogFile[] {
  const names = new Set(namesIn(join(path, 'logs')).map((name) => `logs/${name}`));
  return nodes.flatMap((node): LogFile[] => {
    if (choice.node !== undefined && node !== choice.node) return [];
    const prefix = logName(node, null).replace(/launcher\.log$/, '');
    const ranks = [...names]
      .filter((name) => name.startsWith(prefix) && /^\d+\.log$/.test(name.slice(prefix.length)))
      .map((name) => Number.parseInt(name.slice(prefix.length), 10))
      .filter((rank) => choice.ranks === undefined || choice.ranks.includes(rank))
      .sort((a, b) => a - b);
    const own: LogFile[] = ranks.map((rank) => ({ node, rank, path: join(path, logName(node, rank)) }));
    const launcher = join(path, logName(node, null));
    return choice.launchers && names.has(logName(node, null))
      ? [{ node, rank: null, path: launcher }, ...own]
      : own;
  });
}

/** Reads a growing file: each call returns the complete lines since the last call. */
export class LogReader {
  readonly file: LogFile;
  #at = 0;
  #rest = Buffer.alloc(0);

  constructor(file: LogFile) {
    this.file = file;
  }

  read(): string[] {
    const lines: string[] = [];
    const descriptor = openSync(this.file.path, 'r');
    try {
      const buffer = Buffer.alloc(256 * 1024);
      for (;;) {
        const count = readSync(descriptor, buffer, 0, buffer.length, this.#at);
        if (count === 0) return lines;
        this.#at += count;
        const data = Buffer.concat([this.#rest, buffer.subarray(0, count)]);
        const end = data.lastIndexOf(0x0a) + 1;
        this.#rest = Buffer.from(data.subarray(end));
        // Pushed one by one: a call cannot take a million arguments.
        if (end > 0) for (const line of data.toString('utf8', 0, end - 1).split('\n')) lines.push(line);
      }
    } finally {
      closeSync(descriptor);
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
