/** `python`, `python3.11`, `/opt/venv/bin/python`, and the end of `-m module`; undefined for anything else. */
export function pythonModule(argv: readonly string[]): { module: string; end: number } | undefined {
  if (!/^(?:.*\/)?python[\d.]*$/.test(argv[0] ?? '')) return undefined;
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '-m')
      return argv[at + 1] === undefined ? undefined : { module: argv[at + 1] ?? '', end: at + 2 };
    if (word === '-X' || word === '-W') at++;
    else if (!/^-[bBdEIOPqRsSuvx]+$/.test(word)) return undefined;
  }
  return undefined;
}

/** The last part of a path: the name of a program. */
export function programName(path = ''): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
