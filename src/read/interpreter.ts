import { closeSync, openSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { statIfAny } from '../files/read-bounded.ts';

/**
 * The Python of a console script such as `deepspeed`: the interpreter in its first line. A per-node launcher that is a
 * Python module runs with it, as the script itself would. `python` if the script is not on this machine.
 */
export function interpreterOf(program: string, cwd: string, path: string | undefined): string {
  const file = findProgram(program, cwd, path);
  return (file && shebang(firstBytes(file))) ?? 'python';
}

/** The file that a shell would run for a program; undefined if there is none. */
export function findProgram(program: string, cwd: string, path = ''): string | undefined {
  const candidates = program.includes('/')
    ? [resolve(cwd, program)]
    : path.split(':').map((folder) => resolve(cwd, join(folder, program)));
  return candidates.find((candidate) => statIfAny(candidate)?.isFile());
}

function firstBytes(file: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const buffer = Buffer.alloc(1024);
    return buffer.toString('utf8', 0, readSync(descriptor, buffer));
  } catch {
    // The program is executable but not readable: its interpreter stays unknown.
    return '';
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** `#!/opt/venv/bin/python3`, `#!/usr/bin/env python3`, and pip's form for long paths: `'''exec' "/long/python" …`. */
function shebang(text: string): string | undefined {
  const [first = '', second = ''] = text.split('\n');
  const long = /^'''exec' (?:"([^"]+)"|(\S+)) /.exec(second);
  const words = first.startsWith('#!') ? first.slice(2).trim().split(/\s+/) : [];
  const named = /\/env$/.test(words[0] ?? '')
    ? words.slice(1).find((word) => !word.startsWith('-'))
    : words[0];
  return [long?.[1] ?? long?.[2], named].find((candidate) => /python[\d.]*$/.test(candidate ?? ''));
}
