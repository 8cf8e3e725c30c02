import { ExitCode, RampcheckError } from '../../errors.ts';

/** Speaks to Slurm: where its commands run, and with which environment. */
export interface SlurmCommands {
  /**
   * Runs one of Slurm's own commands to its end.
   *
   * @throws RampcheckError `slurm-missing` where there is no such command.
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
      if (code === 'ENOENT') {
        throw new RampcheckError('slurm-missing', `${program} is not on this machine`, {
          hint: 'submit from a login node of the cluster; --dry-run prints the script anywhere',
          exitCode: ExitCode.preflightFailed,
        });
      }
      return { exitCode: exitCode ?? 1, stdout, stderr };
    },
  };
}

/** What Slurm itself says is wrong, without its program names and its follow-up lines. */
export function ownWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^\w+: (error|fatal): /, '').trim())
    .filter(Boolean);
  return [...new Set(lines)].join('; ') || 'it gives no reason';
}
