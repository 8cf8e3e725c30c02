import { execa } from 'execa';
import { fileURLToPath } from 'node:url';
import { parseAgentEvent } from './agent-event.ts';
import type { AgentEvent, Executor, NodeHandle, NodeStart } from './executor.ts';
import { killAll, processesOf } from './sweep.ts';

const agent = fileURLToPath(new URL('../callback/rampcheck_agent.py', import.meta.url));

/** Nodes played by this machine: one agent each, in a session of its own, so that a terminal's Ctrl-C does not reach it. */
export const local: Executor = {
  name: 'local',
  start: (node) => startAgent(node, 'python3'),
  sweep: async (run, node) => killAll(await processesOf(run, node)),
};

/** Starts one agent with this Python. Its standard input stays open for as long as this process holds the lease. */
export function startAgent(node: NodeStart, python: string): NodeHandle {
  // Isolated: the user's PYTHONPATH is for the training, and may hide modules that the agent needs.
  const child = execa(python, ['-I', agent], {
    // A node's output can be endless; what the agent itself complains of is short.
    buffer: { stdout: false, stderr: true },
    maxBuffer: 64 * 1024,
    detached: true,
    cleanup: false,
    stripFinalNewline: true,
    reject: false,
  });
  const { stdin } = child.nodeChildProcess;
  // A lost agent shows in its events; a write that comes too late is no news.
  stdin?.on('error', () => {});
  const send = (message: unknown) => {
    if (stdin?.writable) stdin.write(`${JSON.stringify(message)}\n`);
  };
  send(node);
  return {
    events: eventsOf(child.iterable({ from: 'stdout' })),
    send,
    kill: () => void child.nodeChildProcess.kill('SIGKILL'),
    leave() {
      stdin?.destroy();
      child.nodeChildProcess.stdout?.destroy();
      child.nodeChildProcess.unref();
    },
    closed: child.then(({ exitCode, stderr, originalMessage }) => ({ exitCode, stderr: stderr || originalMessage || '' })),
  };
}

async function* eventsOf(lines: AsyncIterable<string>): AsyncIterable<AgentEvent> {
  for await (const line of lines) yield parseAgentEvent(line);
}
