import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { environment, files } from '../../src/contract/contract.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Verdict } from '../../src/run/verdict.ts';
import { lastWord, settle } from '../../src/submit/settle.ts';

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

export interface Ended {
  exitCode: number | undefined;
  output: string;
  timedOut: boolean;
  verdict: Verdict | undefined;
}

/**
 * Submits a command with the real command line, and then does what Slurm would: it starts the bundle once per node, with the real launcher
 * and libraries. The exit code is that of the first node's task, and of the job. Diagnosis and fix are added as `status` adds them.
 */
export async function runAsBatchJob(
  cwd: string,
  env: Readonly<Record<string, string>>,
  options: readonly string[],
  command: readonly string[],
  deadline: number,
): Promise<Ended> {
  const own = { ...env, PATH: `${sbatchIn(cwd)}:${env.PATH}` };
  const how = { cwd, reject: false, all: true, stdin: 'ignore', timeout: deadline } as const;
  const words = ['submit', '--to', 'slurm', '--no-check', '--run-dir', 'run', ...options, '--', ...command];
  const submitted = await execa(process.execPath, [main, ...words], { ...how, env: own });
  if (submitted.exitCode !== 0)
    return { exitCode: submitted.exitCode, output: submitted.all, timedOut: false, verdict: undefined };

  const directory = join(cwd, 'run');
  const { nodes } = JSON.parse(readFileSync(join(directory, 'plan.json'), 'utf8')) as Plan;
  const tasks = nodes.map((_, rank) =>
    execa('python3', ['-I', join(directory, files.archive), 'node'], {
      ...how,
      env: { ...env, [environment.node_rank]: String(rank), [environment.nodes]: '127.0.0.1' },
    }),
  );
  const [first] = await Promise.all(tasks);
  const said = lastWord(directory);
  const cause = { kind: 'not-started', node: 0, reason: 'its coordinator has written no verdict' } as const;
  return {
    exitCode: first?.exitCode,
    output: first?.all ?? '',
    timedOut: first?.timedOut ?? false,
    verdict: said && settle(directory, { said, cause }),
  };
}

/** A folder with an sbatch that queues nothing and says a job number, and a sinfo that knows no partition. */
function sbatchIn(cwd: string): string {
  const bin = join(cwd, '.slurm');
  mkdirSync(bin);
  for (const [name, text] of [
    ['sbatch', 'echo 1'],
    ['sinfo', 'exit 1'],
  ] as const) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}
