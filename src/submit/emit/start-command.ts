import { files } from '../../contract/contract.ts';

/**
 * Unpacks the bundle from standard input into a private folder, runs it in the same process so that signals reach it, and
 * removes the folder at the end.
 */
const UNPACK = [
  'import atexit,base64,os,runpy,shutil,sys,tempfile,zlib',
  'd=tempfile.mkdtemp(prefix="rampcheck-")',
  'atexit.register(shutil.rmtree,d,True)',
  `f=os.path.join(d,"${files.archive}")`,
  'open(f,"wb").write(zlib.decompress(base64.b64decode(sys.stdin.read())))',
  'sys.argv=[f,"node"]',
  'runpy.run_path(f,run_name="__main__")',
].join(';');

const END = 'RAMPCHECK-BUNDLE';
const LINE = 76;

/**
 * A POSIX shell command that starts one node, with the bundle (`packBundle`) inside. The values of the environment are used unchanged: quoted, or
 * with the variables that give a node its rank. In braces and without a final
 * newline, so that a shell reads it completely before it starts, and `&& more` can follow.
 */
export function startCommand(bundle: Buffer, environment: Readonly<Record<string, string>>): string {
  const assignments = Object.entries(environment).map(([name, word]) => `${name}=${word}`);
  const text = bundle.toString('base64');
  const lines = Array.from({ length: Math.ceil(text.length / LINE) }, (_, i) =>
    text.slice(i * LINE, (i + 1) * LINE),
  );
  const start = [...assignments, `python3 -I -c '${UNPACK}'`].join(' \\\n  ');
  return `{ ${start} <<'${END}'\n${lines.join('\n')}\n${END}\n}`;
}
