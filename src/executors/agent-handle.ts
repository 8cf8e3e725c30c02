import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentCommand, AgentEvent, NodeAttach, NodeStart } from '../contract/agent-messages.ts';
import { nodeProgram } from '../contract/archive.ts';
import { seconds, words } from '../contract/contract.ts';
import { RampcheckError } from '../errors.ts';
import { parseAgentEvent } from './agent-event.ts';
import type { AgentEnd, NodeHandle } from './executor.ts';
import type { Channel } from './transport.ts';

const STDERR_KEPT = 64 * 1024;
/** An agent sends a sign of life every second; after this long without one it counts as lost (milliseconds). */
const SILENCE = seconds.lease * 1000;
/** The limit before its first event: the node's shell may load modules, and Python may be on a slow file system. */
const FIRST_WORD = 120_000;
const ALIVE = seconds.alive * 1000;
/** How long a killed agent's connection may take to close. */
const LAST_WORDS = 2000;

/** How to start an agent on a node, and how to end the agent itself if it no longer answers. */
export interface AgentPlace {
  open(argv: readonly string[]): Promise<Channel>;
  /** Ends the agent and its whole job by force; resolves when that is done or turns out to be impossible. */
  kill(): Promise<void>;
  /** Called when the agent has created its folder on the node. */
  started?(directory: string): void;
  /** Closes a channel without ending its command. */
  leave?(): void;
  /** Where the node looks for programs, for a Python that it does not find: "the PATH that ssh gives it". */
  path: string;
}

/** Starts an agent. Its standard input stays open as long as this process holds the lease. */
export function startAgent(node: NodeStart | NodeAttach, python: string, place: AgentPlace): NodeHandle {
  // The arguments identify it among other agents on the node (`sweep`, ps).
  const command = node.type === 'start' ? words.agent : words.attach;
  const { argv, text } = nodeProgram(python, [command, node.run, String(node.node)]);
  const opened = place.open(argv).then(
    (channel) => ({ channel, stderr: lastOf(channel.stderr), refused: null }),
    (error: unknown) => ({ channel: null, stderr: () => '', refused: error }),
  );
  const left = Promise.withResolvers<AgentEnd>();
  const lost = Promise.withResolvers<string>();
  const write = (data: string | Buffer) =>
    void opened.then((at) => {
      if (at.channel?.stdin.writable) at.channel.stdin.write(data);
    });
  const send = (message: NodeStart | NodeAttach | AgentCommand) => write(`${JSON.stringify(message)}\n`);
  write(text);
  send(node);
  const alive = node.lease === undefined ? undefined : setInterval(() => send({ type: 'alive' }), ALIVE);

  const closed = opened.then(async ({ channel, stderr }): Promise<AgentEnd> => {
    if (!channel) {
      clearInterval(alive);
      return { exitCode: null, signal: null, stderr: '' };
    }
    const end = await Promise.race([channel.closed, lost.promise.then((why) => ({ ...NO_END, lost: why }))]);
    clearInterval(alive);
    const said = [stderr(), end.lost].filter(Boolean).join('\n');
    return { exitCode: end.exitCode, signal: end.signal, stderr: said, ...(end.lost ? { lost: true } : {}) };
  });
  return {
    events: events(),
    send,
    kill: () =>
      void opened.then(async ({ channel }) => {
        await place.kill();
        if (channel) await Promise.race([channel.closed, sleep(LAST_WORDS)]);
        lost.resolve('it did not answer and was killed');
        channel?.destroy();
      }),
    leave: () =>
      void opened.then(({ channel }) => {
        clearInterval(alive);
        channel?.destroy();
        place.leave?.();
        left.resolve({ exitCode: null, signal: null, stderr: '' });
      }),
    closed: Promise.race([left.promise, closed]),
  };

  async function* events(): AsyncGenerator<AgentEvent> {
    const { channel, refused } = await opened;
    if (!channel) {
      yield refusal(refused);
      return;
    }
    let spoke = false;
    let heard = performance.now();
    let looked = heard;
    const watch = setInterval(() => {
      const now = performance.now();
      // This process itself was suspended: events that arrived meanwhile have not been read yet.
      if (now - looked > seconds.own_pause * 1000) heard = now;
      looked = now;
      const patience = spoke ? SILENCE : FIRST_WORD;
      if (node.lease === undefined || now - heard < patience) return;
      lost.resolve(`nothing was heard from its agent for ${patience / 1000} s`);
      channel.destroy();
    }, ALIVE);
    try {
      for await (const line of linesOf(channel.stdout, () => {
        heard = performance.now();
      })) {
        const event = parseAgentEvent(line);
        spoke ||= event.type !== 'fault';
        if (event.type === 'started') place.started?.(event.directory);
        if (event.type !== 'alive') yield event;
      }
    } finally {
      clearInterval(watch);
    }
    // Over a network, the output of the node's shell explains the failure; on this machine, the exit of the program does.
    if (spoke || node.lease === undefined) return;
    const { exitCode, stderr } = await Promise.race([left.promise, closed]);
    if (exitCode !== null) yield noAgent(python, place.path, exitCode, stderr);
  }
}

/** The node was reached, but its Python did not run. */
function noAgent(python: string, path: string, exitCode: number, stderr: string): AgentEvent {
  const said = stderr.trim().split('\n').at(-1) || `it exited with ${exitCode}`;
  const need = exitCode === 126 || exitCode === 127 ? `; ${python} 3.9 or later must be on ${path}` : '';
  return { type: 'not_started', reason: `its agent does not run: ${said}${need}`, errno: '' };
}

const NO_END = { exitCode: null, signal: null };

/** A node that could not be reached counts as not started. */
function refusal(error: unknown): AgentEvent {
  const { message, hint } = error as RampcheckError;
  const reason = error instanceof RampcheckError && hint ? `${message}; ${hint}` : message;
  return { type: 'not_started', reason, errno: '' };
}

/** Reads a stream to its end and keeps its last part. */
function lastOf(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-STDERR_KEPT);
  });
  stream.on('error', () => {});
  return () => text;
}

/** Only complete lines. If a killed agent has sent part of a line, its guardian marks that line as cancelled with words.taken_back at its end. */
async function* linesOf(stream: Readable, heard: () => void): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const text of stream.setEncoding('utf8')) {
      heard();
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter((line) => !line.endsWith(words.taken_back));
    }
  } catch {
    // The stream broke off: the agent was detached or lost, which the missing `gone` event shows.
  }
}
