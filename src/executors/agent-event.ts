import { z } from 'zod';
import type { AgentEvent } from './executor.ts';

const rank = z.number().int().nonnegative();

/** The boundary to the nodes: nothing else that an agent may say is believed. */
const agentEvent: z.ZodType<AgentEvent> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), pid: z.number(), python: z.string(), host: z.string() }),
  z.object({ type: z.literal('started'), pid: z.number() }),
  z.object({ type: z.literal('rank'), event: z.looseObject({ type: z.string(), rank }) }),
  z.object({ type: z.literal('rank_gone'), rank, pid: z.number().nullable(), time: z.number() }),
  z.object({ type: z.literal('log'), rank: rank.nullable(), lines: z.array(z.string()) }),
  z.object({ type: z.literal('exited'), code: z.number(), signal: z.string().nullable(), time: z.number() }),
  z.object({ type: z.literal('not_started'), reason: z.string(), errno: z.string() }),
  z.object({ type: z.literal('fault'), message: z.string() }),
  z.object({
    type: z.literal('gone'),
    killed: z.number(),
    survivors: z.array(z.object({ pid: z.number(), cmd: z.string() })),
    seconds: z.number(),
  }),
]);

/** One line of an agent as an event; a line that is none becomes a `fault`. */
export function parseAgentEvent(line: string): AgentEvent {
  try {
    // Python writes NaN and Infinity, which JSON does not know: a learning rate that is one of them is kept as null.
    return agentEvent.parse(JSON.parse(line.replace(/(?<=[[:,\s])(-?Infinity|NaN)(?=[\],}\s])/g, 'null')));
  } catch (error) {
    return { type: 'fault', message: `the agent said what nobody understands: ${line.slice(0, 200)} (${(error as Error).message})` };
  }
}
