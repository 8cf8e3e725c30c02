import { ExitCode, RampcheckError } from '../../errors.ts';

/** Runs Slurm's commands, on this machine or on a login node. */
export interface SlurmCommands {
  /**
   * Runs one of Slurm's commands to its end.
   *
   * @throws RampcheckError `slurm-missing` if there is no such command.
   */
  run(argv: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Slurm's commands on this machine. */
export function localCommands(env: Environment): SlurmCommands {
  return {
    async run([program = '', ...args]) {
      const { execa } = await import('execa');
      const { exitCode, stdout, stderr, code } = await execa(program, args, {
        env: { ...env },
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
      });
      if (code === 'ENOENT') throw missing(program);
      return { exitCode: exitCode ?? 1, stdout, stderr };
    },
  };
}

/** The error for a missing command, on this machine or on a login node. */
export function missing(program: string, login?: string): RampcheckError {
  return new RampcheckError('slurm-missing', `${program} is not installed on ${login ?? 'this machine'}`, {
    hint: login
      ? `use --login HOST with a node that has Slurm's commands`
      : 'submit on a login node of the cluster, or through one with --login HOST; --dry-run prints the script anywhere',
    exitCode: ExitCode.preflightFailed,
  });
}

/** The error message of Slurm, without program names and follow-up lines. */
export function ownWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^\w+: (error|fatal): /, '').trim())
    .filter(Boolean);
  return [...new Set(lines)].join('; ') || 'Slurm gives no reason';
}
