/** An argument vector as one POSIX shell line: pasted into a shell it gives the same vector again. */
export function quoteAll(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}

/** One word for a POSIX shell, in single quotes only where it needs them. */
export function quote(word: string): string {
  // `=` is plain inside a word and an assignment in front of a command: NAME=value stays readable as an argument.
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
