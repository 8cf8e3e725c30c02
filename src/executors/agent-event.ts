import { z } from 'zod';
import { type AgentEvent, agentEvent, parsePythonJson } from '../contract/agent-messages.ts';

/** One line of an agent as an event; a line that is none becomes a `fault`. */
export function parseAgentEvent(line: string): AgentEvent {
  try {
    return agentEvent.parse(parsePythonJson(line));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    return {
      type: 'fault',
      message: `the agent said what nobody understands: ${line.slice(0, 200)} (${why})`,
    };
  }
}
