import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findLauncher } from '../../launchers/index.ts';
import { programName } from '../../launchers/program.ts';
import { RampcheckError } from '../errors.ts';
import { quote } from './quote.ts';
import type { Unread } from './setting.ts';

/** What a shell script would start, instead of starting it. */
export interface Captured {
  argv: string[];
  /** What the script adds to the environment or changes in it. */
  added: Record<string, string>;
  cwd: string;
  unread: Unread[];
}

/** Programs that start a training. Each has a stand-in that records its words and its environment, and ends well. */
const launchers = [
  'deepspeed',
  'ds',
  'torchrun',
  'accelerate',
  'accelerate-launch',
  'llamafactory-cli',
  'lmf',
  'swift',
  'axolotl',
];
const pythons = ['python', 'python3'];

/** A script that has not come to its launcher by then waits for something. */
const SECONDS = 60;

/** `bash train.sh …`, `sh -x train.sh`, `./train.sh`, `bash -c '…'`: a command that only a shell can read. */
export function isShellCommand(argv: readonly string[], cwd: string): boolean {
  const [program = ''] = argv;
  if (/^(bash|sh|dash|zsh|srun)$/.test(programName(program))) return true;
  if (!program.includes('/') || /\.(py|pyc)$/.test(program)) return false;
  return /^#!.*\b(ba|da|z)?sh\b/.test(firstLine(resolve(cwd, program)));
}

/**
 * Runs a shell command with stand-ins in place of the launchers, and returns the first training that it would start. Everything else
 * in the script runs for real.
 *
 * @throws RampcheckError where the script fails, starts no training, or names a launcher by its path.
 */
export async function captureCommand(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Captured> {
  assertNoPaths(argv, cwd);
  const folder = mkdtempSync(join(tmpdir(), 'rampcheck-capture-'));
  try {
    writeStandIns(folder);
    const { code, complaint } = await runShell(argv, cwd, folder, env);
    const records = readdirSync(folder)
      .filter((name) => /^record-/.test(name))
      .map((name) => readRecord(join(folder, name)))
      .sort((a, b) => a.time - b.time);
    const { env: after, ...chosen } = chooseRecord(records, { argv, code, complaint });
    return { ...chosen, added: difference(env, { ...after, PATH: withoutFolder(after.PATH, folder) }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Recorded {
  time: number;
  argv: string[];
  env: Record<string, string>;
  cwd: string;
}

function chooseRecord(
  records: readonly Recorded[],
  { argv, code, complaint }: { argv: readonly string[]; code: number | null; complaint: string },
): Omit<Captured, 'added'> & { env: Record<string, string> } {
  const trainings = records.filter(
    (record) => !/^python/.test(programName(record.argv[0])) || startsModule(record.argv),
  );
  const [chosen, ...others] = trainings.length
    ? trainings
    : records.filter(({ argv: words }) => words.length > 1);
  if (!chosen) {
    throw new RampcheckError(
      'capture-nothing',
      `${argv.join(' ').slice(0, 80)} starts no training that rampcheck knows`,
      {
        hint:
          code === 0
            ? `it started none of ${launchers.join(', ')}`
            : `it ended with ${code}: ${complaint || 'without a message'}`,
      },
    );
  }
  const unread = others.map((other) => ({
    what: other.argv.slice(0, 4).join(' '),
    why: 'the script starts this too; the first training is read',
  }));
  if (code !== 0 && code !== null)
    unread.push({
      what: argv.join(' ').slice(0, 60),
      why: `the script ended with ${code} behind the launcher`,
    });
  return { argv: chosen.argv, env: chosen.env, cwd: chosen.cwd, unread };
}

/** Variables of the shell's own, and of the capture. */
const own = /^(_|SHLVL|PWD|OLDPWD|BASH_ENV|SLURM_(PROCID|NODEID|LOCALID))$/;

function difference(
  before: Readonly<Record<string, string | undefined>>,
  after: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(after).filter(
      ([name, value]) => !own.test(name) && before[name] !== value && !(name === 'PATH' && value === ''),
    ),
  );
}

function withoutFolder(path = '', folder: string): string {
  return path
    .split(':')
    .filter((part) => part !== folder)
    .join(':');
}

function startsModule(argv: readonly string[]): boolean {
  try {
    return findLauncher(argv).name !== 'python';
  } catch (error) {
    if (error instanceof RampcheckError) return false;
    throw error;
  }
}

/** A launcher that is named by its path would be started: it is refused before anything runs. */
function assertNoPaths(argv: readonly string[], cwd: string): void {
  const scripts = argv.slice(1).filter((word) => isFile(resolve(cwd, word)));
  const [crlf] = scripts.filter(
    (word) => /\r\n/.test(readFileSync(resolve(cwd, word), 'utf8')) && /\.(sh|bash)$/.test(word),
  );
  if (crlf !== undefined) {
    throw new RampcheckError(
      'capture-line-ends',
      `${crlf} has the line ends of Windows: a shell takes the \\r for a part of the last word`,
      {
        location: { file: crlf, line: 1 },
        hint: `sed -i 's/\\r$//' ${crlf}`,
      },
    );
  }
  const texts = argv.map((word) =>
    isFile(resolve(cwd, word)) ? readFileSync(resolve(cwd, word), 'utf8') : word,
  );
  const named = new RegExp(
    `(?:^|[\\s;|&(="'])((?:[\\w.~$\\{\\}-]*/)+(?:${launchers.join('|')}))(?=[\\s;"'])`,
    'm',
  );
  for (const text of texts) {
    const [, path] = named.exec(text) ?? [];
    if (path === undefined) continue;
    throw new RampcheckError(
      'capture-path',
      `the script starts ${path} by its path, which no stand-in can take the place of`,
      {
        hint: `write ${programName(path)}, with its folder on PATH, or give rampcheck the launcher's command itself`,
      },
    );
  }
}

/** Options of srun whose value is a word of its own. */
const srunValued =
  'nodes ntasks ntasks-per-node cpus-per-task gpus gpus-per-node gpus-per-task gres mem partition account qos time job-name output error ' +
  'export nodelist exclude wait mpi chdir constraint jobid container-image container-mounts container-workdir container-name';

function writeStandIns(folder: string): void {
  for (const name of launchers) writeProgram(join(folder, name), recordScript(folder, name));
  // Python runs what only computes something for the script; a program of its own is recorded.
  for (const name of pythons) {
    writeProgram(
      join(folder, name),
      `for word in "$@"; do
  case "$word" in
    -c|-V|--version|-) break ;;
    -m|*.py) ${recordCall(folder, name)}; exit 0 ;;
  esac
done
PATH=\${PATH#${quote(folder)}:} exec ${name} "$@"`,
    );
  }
  // One task of the job, as srun would start it on its first node.
  writeProgram(
    join(folder, 'srun'),
    `while [ $# -gt 0 ]; do case "$1" in
  -[lKuQvXEkOsZ]) shift ;;
  -[a-zA-Z]|${srunValued.replace(/\S+/g, '--$&').replaceAll(' ', '|')}) shift 2 ;;
  -*) shift ;;
  *) break ;;
esac; done
export SLURM_PROCID=\${SLURM_PROCID:-0} SLURM_NODEID=\${SLURM_NODEID:-0} SLURM_LOCALID=\${SLURM_LOCALID:-0}
exec "$@"`,
  );
  writeProgram(
    join(folder, 'scontrol'),
    `answer=$(PATH=\${PATH#${quote(folder)}:}; scontrol "$@" 2>/dev/null) && [ -n "$answer" ] && { echo "$answer"; exit; }
for last in "$@"; do :; done
echo "$last"`,
  );
  // A script that puts an environment in front of PATH (conda, a virtual environment) still meets the stand-ins.
  writeFileSync(
    join(folder, 'env.sh'),
    `trap 'case "$PATH" in ${folder}:*) ;; *) PATH=${folder}:$PATH ;; esac' DEBUG\nset -T\n`,
  );
}

function writeProgram(path: string, body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

function recordScript(folder: string, name: string): string {
  return recordCall(folder, name);
}

/** NUL-separated: the time, the folder, the number of words, the words, then the environment as /proc has it. */
function recordCall(folder: string, name: string): string {
  return `{ printf '%s\\0' "$(date +%s%N)" "$PWD" "$(($# + 1))" ${name} "$@"; env -0; } > ${quote(folder)}/record-$$`;
}

function readRecord(path: string): Recorded {
  const [time = '0', cwd = '', count = '0', ...rest] = readFileSync(path, 'utf8').split('\0');
  const argv = rest.slice(0, Number(count));
  const env: Record<string, string> = {};
  for (const entry of rest.slice(Number(count))) {
    const equals = entry.indexOf('=');
    if (equals > 0) env[entry.slice(0, equals)] = entry.slice(equals + 1);
  }
  return { time: Number(BigInt(time) / 1000n), argv, env, cwd };
}

function runShell(
  argv: readonly string[],
  cwd: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ code: number | null; complaint: string }> {
  const [program = 'sh', ...args] = argv;
  const child = spawn(program, args, {
    cwd,
    // Without a PATH of its own the script gets the usual one.
    env: {
      ...env,
      PATH: `${folder}:${env.PATH ?? '/usr/local/bin:/usr/bin:/bin'}`,
      BASH_ENV: join(folder, 'env.sh'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-500);
  });
  return new Promise((done, fail) => {
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      fail(
        new RampcheckError('capture-timeout', `the script was not at its end after ${SECONDS} s`, {
          hint: "give rampcheck the launcher's command itself",
        }),
      );
    }, SECONDS * 1000);
    child.on('error', (cause) => {
      clearTimeout(timer);
      fail(new RampcheckError('capture-failed', `${program} cannot be started: ${cause.message}`, { cause }));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code, complaint: complaint.trim().split('\n').at(-1) ?? '' });
    });
  });
}

function isFile(path: string): boolean {
  return path.length < 4096 && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function firstLine(path: string): string {
  try {
    return isFile(path) ? (readFileSync(path, 'latin1').split('\n', 1)[0] ?? '') : '';
  } catch {
    // A program that may be run but not read.
    return '';
  }
}
