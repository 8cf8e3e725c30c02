import { z } from 'zod';
import { nodeProgram } from '../contract/archive.ts';
import type { Connection } from './transport.ts';

/** The limit for a sweep: the node may not answer, or a process may be stuck in the kernel (milliseconds). */
const SWEEP = 7500;

const swept = z.object({ killed: z.int().nonnegative() });

/**
 * Ends what is left of a run on a node whose agent no longer answers, as the agent would: the agent itself, its job, its folder and
 * its shared memory. `folders`: the agent's folders, as far as they are known.
 *
 * @returns how many processes were ended
 * @throws if the node did not give a valid answer
 */
export async function sweepOver(
  connection: Connection,
  python: string,
  run: string,
  node: number,
  folders: readonly string[] = [],
): Promise<number> {
  const { argv, text } = nodeProgram(python, ['sweep', run, String(node), ...folders]);
  const { stdout } = await connection.run(argv, { stdin: text, timeout: SWEEP });
  return swept.parse(JSON.parse(stdout)).killed;
}
