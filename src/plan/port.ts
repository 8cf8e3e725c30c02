import { createServer } from 'node:net';
import { ExitCode, RampcheckError } from '../errors.ts';
import type { Job } from '../job/job.ts';
import { masterOf } from './plan.ts';

/**
 * The rendezvous port of a local run: the plan's own, or the next free one if another process listens there.
 *
 * @returns undefined if the plan's port is free.
 * @throws RampcheckError `port-in-use` (exit 90) if the command sets a port that is in use.
 */
export async function choosePort(job: Job): Promise<number | undefined> {
  // The launcher of a single node finds a port itself; ports of other hosts cannot be tested from here.
  if (job.unchanged || job.reach !== 'here') return undefined;
  const { address, port } = masterOf(job);
  if (await isFree(port, address)) return undefined;
  if (job.command.cluster.masterPort !== undefined) {
    throw new RampcheckError('port-in-use', `port ${port} of ${address} is in use by another process`, {
      hint: 'end that process, or set another port in the command',
      exitCode: ExitCode.preflightFailed,
    });
  }
  for (let other = port + 1; other < port + 100; other++) if (await isFree(other, address)) return other;
  throw new RampcheckError('port-in-use', `no port between ${port} and ${port + 99} of ${address} is free`, {
    exitCode: ExitCode.preflightFailed,
  });
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
