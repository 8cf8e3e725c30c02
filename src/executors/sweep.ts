import { z } from 'zod';
import { nodeProgram } from '../contract/archive.ts';
import type { Swept } from './executor.ts';
import type { Connection } from './transport.ts';

/** The limit for a sweep: the node may not answer, or a process may be stuck in the kernel (milliseconds). */
const SWEEP = 7500;

const answer = z.object({ killed: z.int().nonnegative(), survivors: z.array(z.unknown()) });

/**
 * Ends what is left of a run on a node whose agent no longer answers, as the agent would: the agent itself, its job, its folder and
 * its shared memory. `folders`: the agent's folders, as far as they are known.
 *
 * @throws if the node did not give a valid answer
 */
export async function sweepOver(
  connection: Connection,
  python: string,
  run: string,
  node: number,
  folders: readonly string[] = [],
): Promise<Swept> {
  const { argv, text } = nodeProgram(python, ['sweep', run, String(node), ...folders]);
  const { stdout } = await connection.run(argv, { stdin: text, timeout: SWEEP });
  const { killed, survivors } = answer.parse(JSON.parse(stdout));
  return { killed, nothingLeft: survivors.length === 0 };
}
