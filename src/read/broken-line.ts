import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RampcheckError } from '../errors.ts';
import { quote } from '../job/quote.ts';

/** A command that the shell did not find, and its location; without a file if the script is an argument of `bash -c`. */
interface MissingCommand {
  file: string;
  line: number;
  word: string;
}

const record = 'missing-commands';

/** bash calls this instead of printing its own message, so it works even if the script redirects stderr. */
export function missingCommandHandler(folder: string): string {
  return `command_not_found_handle() {
  printf '%s\\0' "\${BASH_SOURCE[1]}" "\${BASH_LINENO[0]}" "$1" >> ${quote(join(folder, record))}
  printf '%s: line %s: %s: command not found\\n' "$0" "\${BASH_LINENO[0]}" "$1" >&2
  return 127
}
`;
}

/**
 * Refuses a script in which a command ends before its last line: the launcher does not get the lines after the break, the
 * shell runs them as a separate command, and the training starts without them.
 *
 * @throws RampcheckError `capture-broken-line`, with the first line that is cut off, and the cause.
 */
export function assertNoBrokenLine(
  folder: string,
  { argv, cwd, stderr }: { argv: readonly string[]; cwd: string; stderr: string },
): void {
  for (const { file, line, word } of missingCommands(folder, stderr)) {
    const lines = (textOf(file, cwd) ?? argv.at(-1) ?? '').split('\n');
    const text = lines[line - 1]?.trim() ?? '';
    const before = lines[line - 2] ?? '';
    const cause = causeOf(before);
    // Only for an option, or for a line after a broken continuation: other commands may just not be installed.
    if (!text.startsWith(word) || (!word.startsWith('-') && !/\\[ \t]+$/.test(before))) continue;
    throw new RampcheckError(
      'capture-broken-line',
      `the command ends before line ${line}, so the launcher never gets '${text.replace(/\s*\\\s*$/, '')}': ${cause.message}`,
      { hint: cause.hint(line - 1), ...(file ? { location: { file, line } } : {}) },
    );
  }
}

/** Causes for which a command ends at a line although the next line belongs to it. */
function causeOf(before: string): { message: string; hint: (line: number) => string } {
  if (/\\[ \t]+$/.test(before)) {
    return {
      message: 'the line above has a blank after its backslash',
      hint: (line) => `remove the blank at the end of line ${line}`,
    };
  }
  if (/(^|\s)#/.test(before)) {
    return {
      message: 'the line above is a comment, and comments cannot be continued',
      hint: (line) => `move the comment in line ${line} out of the command`,
    };
  }
  return {
    message: 'the line above has no backslash at its end',
    hint: (line) => `end line ${line} with a backslash`,
  };
}

function missingCommands(folder: string, stderr: string): MissingCommand[] {
  const path = join(folder, record);
  const words = existsSync(path) ? readFileSync(path, 'utf8').split('\0') : [];
  const found: MissingCommand[] = [];
  for (let at = 0; at + 3 <= words.length; at += 3) {
    const [file = '', line = '', word = ''] = words.slice(at, at + 3);
    found.push({ file, line: Number(line), word });
  }
  // dash: "train.sh: 5: --lr: not found"; zsh: "train.sh:5: command not found: --lr".
  for (const [, file = '', line = '', word, last] of stderr.matchAll(
    /^(.+?): ?(\d+): (?:(-\S+): .*|.*: (-\S+))$/gm,
  )) {
    found.push({ file, line: Number(line), word: word ?? last ?? '' });
  }
  return found;
}

function textOf(file: string, cwd: string): string | undefined {
  if (!file) return undefined;
  try {
    return readFileSync(resolve(cwd, file), 'utf8');
  } catch {
    // The script changed its directory before it called another script by a relative path.
    return undefined;
  }
}
