import type { NodeAttach, NodeStart } from '../contract/agent-messages.ts';
import { startAgent } from './agent-handle.ts';
import type { Executor, NodeHandle } from './executor.ts';
import { localTransport, openLocal } from './local-transport.ts';
import { sweepOver } from './sweep.ts';

const PYTHON = 'python3';

/** Nodes simulated on this machine: one agent each, in its own session, so that a terminal's Ctrl-C does not reach it. */
export const localExecutor: Executor = {
  name: 'local',
  start: (node) => startLocalAgent(node, PYTHON),
  open: (_, argv) => openLocal(argv),
  sweep: async (run, node) =>
    sweepOver(await localTransport.connect({ name: 'localhost' }), PYTHON, run, node),
};

/** Starts one agent with this Python. */
export function startLocalAgent(node: NodeStart | NodeAttach, python: string): NodeHandle {
  const channel = Promise.withResolvers<Awaited<ReturnType<typeof openLocal>>>();
  return startAgent(node, python, {
    path: 'your PATH',
    open: (argv) => {
      void openLocal(argv).then(channel.resolve, channel.reject);
      return channel.promise;
    },
    kill: async () => killGroup((await channel.promise).pid),
    leave: () => void channel.promise.then(({ release }) => release()),
  });
}

/** The agent and its guardian, which share a process group; the ranks have their own sessions. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}
