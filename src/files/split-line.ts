import { RampcheckError } from '../errors.ts';

/**
 * Splits one line into words like a POSIX shell: quotes, backslashes, continued lines and comments. Nothing is expanded: a `$`
 * outside single quotes is refused, because only a shell knows its value.
 *
 * @throws RampcheckError `run-file-bad`.
 */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  const refuse = (what: string) =>
    new RampcheckError('run-file-bad', `the command of the run file ${what}`, {
      hint: 'write it as a list of words, or run a script: bash train.sh',
    });
  while (at < line.length) {
    const character = line[at] ?? '';
    if (character === "'") {
      const end = line.indexOf("'", at + 1);
      if (end < 0) throw refuse('has a quote that is not closed');
      word = (word ?? '') + line.slice(at + 1, end);
      at = end + 1;
    } else if (character === '"') {
      const [quoted, end] = doubleQuoted(line, at + 1, refuse);
      word = (word ?? '') + quoted;
      at = end;
    } else if (character === '\\') {
      // A backslash at the end of a line continues it.
      const next = line.startsWith('\r\n', at + 1) ? '\r\n' : (line[at + 1] ?? '');
      if (next !== '\n' && next !== '\r\n') word = (word ?? '') + next;
      at += 1 + next.length;
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
    } else if (character === '#' && word === undefined) {
      const end = line.indexOf('\n', at);
      at = end < 0 ? line.length : end;
    } else {
      if (/[$`;|&<>()]/.test(character)) throw refuse(`has a '${character}' that only a shell can interpret`);
      word = (word ?? '') + character;
      at++;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function doubleQuoted(
  line: string,
  start: number,
  refuse: (what: string) => RampcheckError,
): [string, number] {
  let text = '';
  for (let at = start; at < line.length; at++) {
    const character = line[at] ?? '';
    if (character === '"') return [text, at + 1];
    if (character === '\\' && /["\\$`\n]/.test(line[at + 1] ?? '')) {
      at++;
      if (line[at] !== '\n') text += line[at];
    } else if (/[$`]/.test(character)) {
      throw refuse(`has a '${character}' that only a shell can interpret`);
    } else {
      text += character;
    }
  }
  throw refuse('has a quote that is not closed');
}
