/** Writes an argument vector as one POSIX shell line: pasted into a shell, it gives the same vector. */
export function quoteAll(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}

/** Quotes one word for a POSIX shell, only if it needs quotes. */
export function quote(word: string): string {
  // `=` needs quotes only before a command, where it would be an assignment; as an argument NAME=value stays readable.
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
