import { z } from 'zod';
import { readDocumentIfAny } from './document.ts';

export const POSITIONS = 'positions.json';

const position = z.object({
  node: z.string(),
  /** `launcher`, or a rank. */
  source: z.string(),
  /** Bytes of the node's file, and of ours. */
  end: z.int().nonnegative(),
  size: z.int().nonnegative(),
});

/** How far an output of a node has been read, and the length of our file. */
export type Position = z.infer<typeof position>;

/**
 * Reads the positions of all outputs, by the name of our file; empty before the first output.
 *
 * @throws RampcheckError `run-damaged`
 */
export function readPositions(folder: string): Record<string, Position> {
  return readDocumentIfAny(folder, POSITIONS, z.record(z.string(), position)) ?? {};
}
