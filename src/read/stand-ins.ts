import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchers } from '../../launchers/index.ts';
import { python } from '../../launchers/python.ts';
import { quote } from '../job/quote.ts';
import { missingCommandHandler } from './broken-line.ts';

/** Programs that only start trainings. Each gets a stand-in that records its arguments and environment and exits with 0. */
export const startPrograms = launchers.flatMap(({ programs }) =>
  programs.filter((name) => !python.programs.includes(name)),
);

/** The record of a call of a stand-in. */
export interface Recorded {
  time: number;
  argv: string[];
  env: Record<string, string>;
  cwd: string;
}

/** Options of srun with a separate value. */
const srunValued =
  'nodes ntasks ntasks-per-node cpus-per-task gpus gpus-per-node gpus-per-task gres mem partition account qos time job-name output error ' +
  'export nodelist exclude wait mpi chdir constraint jobid container-image container-mounts container-workdir container-name';

/** Writes the stand-ins into a folder that comes first on PATH, and `env.sh` for BASH_ENV. */
export function writeStandIns(folder: string): void {
  for (const name of startPrograms) writeProgram(join(folder, name), recordCall(folder, name));
  // `python -c` computes something for the script and really runs; a Python program is only recorded.
  for (const name of python.programs) {
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
  // Starts one task of the job, as srun would on its first node.
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
  // Keeps the stand-ins first even if the script prepends to PATH (conda, a virtual environment).
  writeFileSync(
    join(folder, 'env.sh'),
    `trap 'case "$PATH" in ${folder}:*) ;; *) PATH=${folder}:$PATH ;; esac' DEBUG\nset -T\n${missingCommandHandler(folder)}`,
  );
}

function writeProgram(path: string, body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
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

/** All recorded calls, in order. */
export function readRecords(folder: string): Recorded[] {
  return readdirSync(folder)
    .filter((name) => /^record-/.test(name))
    .map((name) => readRecord(join(folder, name)))
    .sort((a, b) => a.time - b.time);
}
