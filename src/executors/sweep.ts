import { z } from 'zod';
import { nodeProgram } from '../contract/archive.ts';
import type { Connection } from './transport.ts';

/** A sweep that takes longer is given up: the node does not answer, or a process is stuck in the kernel (milliseconds). */
const SWEEP = 7500;

const swept = z.object({ killed: z.int().nonnegative() });

/**
 * Ends what is left of a run on a node whose agent no longer answers, in the agent's own way: the agent itself, its job, its folder and
 * its shared memory. `folders`: the agent's, as far as it was heard of.
 *
 * @returns how many processes were hit
 * @throws when the node said nothing that can be understood
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
