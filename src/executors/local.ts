import type { ChildProcess } from 'node:child_process';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseAgentEvent } from './agent-event.ts';
import type { AgentEnd, AgentEvent, Executor, NodeHandle, NodeStart } from './executor.ts';
import { sweep } from './sweep.ts';

const agent = fileURLToPath(new URL('../callback/rampcheck_agent.py', import.meta.url));
const STDERR_KEPT = 64 * 1024;

/** Nodes played by this machine: one agent each, in a session of its own, so that a terminal's Ctrl-C does not reach it. */
export const local: Executor = {
  name: 'local',
  start: (node) => startAgent(node, 'python3'),
  sweep,
};

/** Starts one agent with this Python. Its standard input stays open for as long as this process holds the lease. */
export function startAgent(node: NodeStart, python: string): NodeHandle {
  const spawned = spawnAgent(python);
  const left = Promise.withResolvers<AgentEnd>();
  const send = (message: unknown) =>
    void spawned.then(({ child: { stdin } }) => {
      if (stdin?.writable) stdin.write(`${JSON.stringify(message)}\n`);
    });
  send(node);
  return {
    events: eventsOf(spawned),
    send,
    kill: () => void spawned.then(({ child }) => child.kill('SIGKILL')),
    leave: () =>
      void spawned.then(({ child }) => {
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
        child.unref();
        left.resolve({ exitCode: null, signal: null, stderr: '' });
      }),
    closed: Promise.race([left.promise, spawned.then(({ ended }) => ended)]),
  };
}

interface Spawned {
  child: ChildProcess;
  /** Its events. Whoever reads them may come late, even after its end, when Node throws away what a pipe still holds. */
  said: Readable;
  ended: Promise<AgentEnd>;
}

/** execa takes 110 ms to import: only a command that starts something pays for it. */
async function spawnAgent(python: string): Promise<Spawned> {
  const { execa } = await import('execa');
  // Isolated: the user's PYTHONPATH is for the training, and may hide modules that the agent needs.
  // Not buffered: a node's output can be endless, and execa would end an agent that complains at length.
  const subprocess = execa(python, ['-I', agent], {
    buffer: false,
    detached: true,
    cleanup: false,
    reject: false,
  });
  const child = subprocess.nodeChildProcess;
  // A lost agent shows in its events; a write that comes too late is no news.
  child.stdin?.on('error', () => {});
  const said = new PassThrough();
  // A stream that breaks off (the agent was left) breaks this one off too; its reader notices.
  if (child.stdout) pipeline(child.stdout, said, () => {});
  else said.end();
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  const ended = subprocess.then(({ exitCode, signal, originalMessage }) => ({
    exitCode: exitCode ?? null,
    signal: signal ?? null,
    stderr: stderr || originalMessage || '',
  }));
  return { child, said, ended };
}

async function* eventsOf(spawned: Promise<Spawned>): AsyncGenerator<AgentEvent> {
  for await (const line of linesOf((await spawned).said)) yield parseAgentEvent(line);
}

/** Whole lines alone: what a lost agent was about to say has not been said. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const text of stream.setEncoding('utf8')) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch {
    // The stream broke off: the agent was left or lost, and the missing `gone` says so.
  }
}
