import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** How much of a file is held at a time; a longer line is held whole. */
const PIECE = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The lines of a file, one after the other: of any size, in the memory of a few. A last line without its end is left out, because its writer has not finished, or never will. Without the file there are none.
 */
export function* wholeLines(path: string): Generator<string> {
  const file = openOrNothing(path);
  if (file === undefined) return;
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    let rest: Buffer[] = [];
    for (let count = readSync(file, piece); count > 0; count = readSync(file, piece)) {
      let from = 0;
      for (let end = piece.indexOf(NEWLINE); end >= 0 && end < count; end = piece.indexOf(NEWLINE, from)) {
        const line = piece.subarray(from, end);
        yield (rest.length > 0 ? Buffer.concat([...rest.splice(0), line]) : line).toString('utf8');
        from = end + 1;
      }
      if (from < count) rest = [...rest, Buffer.from(piece.subarray(from, count))];
    }
  } finally {
    closeSync(file);
  }
}

/** The last lines of a file, as many as fit into `bytes`, the first of them perhaps cut. */
export function lastLines(path: string, bytes: number): string[] {
  const file = openOrNothing(path);
  if (file === undefined) return [];
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(bytes, size));
    return buffer
      .toString('utf8', 0, readSync(file, buffer, 0, buffer.length, size - buffer.length))
      .split('\n');
  } finally {
    closeSync(file);
  }
}

/** How many bytes of a file are whole lines. */
export function wholeBytes(path: string): number {
  const file = openOrNothing(path);
  if (file === undefined) return 0;
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    for (let end = fstatSync(file).size; end > 0; ) {
      const start = Math.max(0, end - PIECE);
      const count = readSync(file, piece, 0, end - start, start);
      const at = piece.subarray(0, count).lastIndexOf(NEWLINE);
      if (at >= 0) return start + at + 1;
      end = start;
    }
    return 0;
  } finally {
    closeSync(file);
  }
}

function openOrNothing(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
