import { z } from 'zod';
import type { AgentEvent } from '../contract/agent-messages.ts';
import { readRankEvent } from '../contract/rank-event.ts';

const rank = z.int().nonnegative();

/** The boundary to the nodes: nothing else that an agent may say is believed. */
const agentNews = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), pid: z.int(), python: z.string(), host: z.string() }),
  z.object({ type: z.literal('started'), pid: z.int(), directory: z.string() }),
  z.object({
    type: z.literal('rank'),
    event: z.looseObject({ type: z.string(), rank }).transform(readRankEvent),
  }),
  z.object({ type: z.literal('rank_gone'), rank, pid: z.int().nullable(), time: z.number() }),
  z.object({
    type: z.literal('log'),
    rank: rank.nullable(),
    lines: z.array(z.string()),
    end: z.int().optional(),
  }),
  z.object({ type: z.literal('exited'), code: z.int(), signal: z.string().nullable(), time: z.number() }),
  z.object({ type: z.literal('not_started'), reason: z.string(), errno: z.string() }),
  z.object({ type: z.literal('fault'), message: z.string() }),
  z.object({ type: z.literal('alive') }),
  z.object({
    type: z.literal('secrets'),
    env: z.record(z.string(), z.string()),
    argv: z.array(z.string()),
  }),
  z.object({ type: z.literal('caught_up') }),
  z.object({
    type: z.literal('gone'),
    killed: z.int(),
    survivors: z.array(z.object({ pid: z.int(), cmd: z.string() })),
    seconds: z.number(),
  }),
]);
const agentEvent: z.ZodType<AgentEvent> = agentNews.and(z.object({ seq: z.int().optional() }));

/** One line of an agent as an event; a line that is none becomes a `fault`. */
export function parseAgentEvent(line: string): AgentEvent {
  try {
    return agentEvent.parse(JSON.parse(plainJson(line)));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    return {
      type: 'fault',
      message: `the agent said what nobody understands: ${line.slice(0, 200)} (${why})`,
    };
  }
}

/**
 * Python writes NaN and Infinity, which JSON does not know: a number that is one of them becomes null. The same words inside
 * a string stay.
 */
function plainJson(line: string): string {
  if (!/NaN|Infinity/.test(line)) return line;
  return line.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (found) =>
    found.startsWith('"') ? found : 'null',
  );
}
