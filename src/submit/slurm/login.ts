import { join } from 'node:path';
import { files } from '../../contract/contract.ts';
import { sshError } from '../../executors/ssh/failure.ts';
import { CONNECT_SECONDS } from '../../executors/ssh/settings.ts';
import { pullFolder, syncFolder } from '../../executors/ssh/sync.ts';
import { quote } from '../../job/quote.ts';
import type { Batch } from '../../run-folder/batch.ts';
import { missing, type SlurmCommands } from './commands.ts';

/** Slurm's commands on a login node, over this machine's ssh and its settings, one connection each. */
export function loginCommands(login: string): SlurmCommands {
  const options = ['-T', '-x', '-a', '-o', 'BatchMode=yes', '-o', `ConnectTimeout=${CONNECT_SECONDS}`];
  const on = async (command: string) => {
    const { execa } = await import('execa');
    const words = [...options, '--', login, command];
    const { exitCode, stdout, stderr } = await execa('ssh', words, { reject: false, stdin: 'ignore' });
    // ssh itself exits with 255; none of Slurm's commands does.
    if (exitCode === 255 || exitCode === undefined) throw sshError({ alias: login }, stderr);
    return { exitCode, stdout, stderr };
  };
  return {
    async run(argv) {
      const command = argv.map(quote).join(' ');
      const plain = await on(command);
      if (plain.exitCode !== 127) return plain;
      // On many clusters only the profile of a login shell puts Slurm on the PATH.
      const profiled = await on(`bash -lc ${quote(command)}`);
      if (profiled.exitCode === 127) throw missing(argv[0] ?? '', login);
      return profiled;
    },
  };
}

/**
 * Makes the runs available on the login node: if it does not share this machine's files, the working directory and the runs'
 * folders are copied to the same paths. Returns whether they were.
 *
 * @throws RampcheckError `sync-failed`
 */
export async function bringTo(
  login: string,
  commands: SlurmCommands,
  cwd: string,
  runs: readonly string[],
  say: (text: string) => void,
): Promise<boolean> {
  const [first = ''] = runs;
  const seen = await commands.run(['test', '-r', join(first, files.archive)]);
  if (seen.exitCode === 0) return false;
  try {
    const node = { host: { name: login }, run: commands.run };
    for (const folder of [cwd, ...runs]) await syncFolder(folder, [node], { say });
  } catch (error) {
    // Removes an incomplete submission.
    await commands.run(['rm', '-rf', '--', ...runs]).catch(() => {});
    throw error;
  }
  return true;
}

/** Copies the files that a copied run has written on the cluster to this machine. */
export async function bringBack(path: string, { login }: Batch): Promise<void> {
  if (login !== undefined) await pullFolder(path, { name: login }, ['batch.json']);
}
