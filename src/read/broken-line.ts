import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RampcheckError } from '../errors.ts';
import { quote } from '../job/quote.ts';

/** A command that the shell did not find, and where it stands; no file where the script is an argument of `bash -c`. */
interface MissingCommand {
  file: string;
  line: number;
  word: string;
}

const record = 'missing-commands';

/** bash calls this in place of its own message: where a script sends its stderr does not matter then. */
export function missingCommandHandler(folder: string): string {
  return `command_not_found_handle() {
  printf '%s\\0' "\${BASH_SOURCE[1]}" "\${BASH_LINENO[0]}" "$1" >> ${quote(join(folder, record))}
  printf '%s: line %s: %s: command not found\\n' "$0" "\${BASH_LINENO[0]}" "$1" >&2
  return 127
}
`;
}

/**
 * Refuses a script in which a command ends before its last line: what stands behind the break is no argument of the launcher, the
 * shell takes it for a command of its own, and the training starts without it.
 *
 * @throws RampcheckError `capture-broken-line`, with the first line that is cut off and what cuts it off.
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
    // A command that is not installed is another matter: this one is an option, or stands behind a broken continuation.
    if (!text.startsWith(word) || (!word.startsWith('-') && !/\\[ \t]+$/.test(before))) continue;
    throw new RampcheckError(
      'capture-broken-line',
      `the command ends before line ${line}, so that the launcher never gets '${text.replace(/\s*\\\s*$/, '')}': ${cause.message}`,
      { hint: cause.hint(line - 1), ...(file ? { location: { file, line } } : {}) },
    );
  }
}

/** What ends a command at this line, although the next one belongs to it. */
function causeOf(before: string): { message: string; hint: (line: number) => string } {
  if (/\\[ \t]+$/.test(before)) {
    return {
      message: 'a blank stands behind the backslash of the line above',
      hint: (line) => `remove the blank at the end of line ${line}`,
    };
  }
  if (/(^|\s)#/.test(before)) {
    return {
      message: 'the line above is a comment, and a comment is not continued',
      hint: (line) => `take the comment in line ${line} out of the command`,
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
    // The script has gone elsewhere before it called another one by a relative path.
    return undefined;
  }
}
