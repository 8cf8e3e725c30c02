import { join, resolve } from 'node:path';
import { readBounded } from '../files/read-bounded.ts';
import type { Rule } from './finding.ts';

export const deepspeedEnvFile: Rule = {
  id: 'deepspeed-env-file',
  title: 'A line of .deepspeed_env is not NAME=VALUE: deepspeed fails on it',
  severity: 'error',
  reads: '`.deepspeed_env` (or DS_ENV_FILE) in the home directory and in the current one',
  why: 'deepspeed splits every line at its first "=": an empty line or a comment makes it fail with "not enough values to unpack".',
  fix: 'remove the line',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/3965',
  check({ command, cwd, environment, reach, nodes }) {
    const pdsh = command.launcher === 'deepspeed' && !command.launcherArgv.includes('--no_ssh');
    if (!pdsh || reach !== 'remote' || nodes.length < 2) return [];
    const name = environment.DS_ENV_FILE || '.deepspeed_env';
    const files = [...(environment.HOME ? [join(environment.HOME, name)] : []), name];
    return files.flatMap((file) =>
      linesOf(resolve(cwd, file)).flatMap((line, index) => {
        if (line.includes('=')) return [];
        return [
          {
            message: `${file} has a line without '=': deepspeed ends with a ValueError`,
            evidence: [
              { location: { file, line: index + 1, column: 1 }, text: line, means: 'is split at "="', line },
            ],
          },
        ];
      }),
    );
  },
};

function linesOf(file: string): string[] {
  try {
    return readBounded(file)
      .toString('utf8')
      .replace(/\n$/, '')
      .split('\n')
      .filter((line, _index, all) => all.length > 1 || line !== '');
  } catch {
    // The file does not exist: the usual case.
    return [];
  }
}
