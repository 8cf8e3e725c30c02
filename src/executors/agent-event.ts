import { z } from 'zod';
import { type AgentEvent, agentEvent, parsePythonJson } from '../contract/agent-messages.ts';

/** Parses one line of an agent; a line that is not a valid event becomes a `fault`. */
export function parseAgentEvent(line: string): AgentEvent {
  try {
    return agentEvent.parse(parsePythonJson(line));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    return {
      type: 'fault',
      message: `the agent sent a line that is not a valid event: ${line.slice(0, 200)} (${why})`,
    };
  }
}
