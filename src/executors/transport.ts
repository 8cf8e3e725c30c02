import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** A machine as its user names it: a name of ssh_config, a host name or an address, with what the hostfile adds. */
export interface Host {
  name: string;
  user?: string | undefined;
  port?: number | undefined;
}

/** How a command on a node ended. `exitCode` and `signal` are both null if the connection was lost before its end was reported. */
export interface ChannelEnd {
  exitCode: number | null;
  signal: string | null;
  /** Why the end is not known: the transport's own message. */
  lost?: string;
}

/** A running command on a node. Both outputs must be read: an unread one blocks the command. */
export interface Channel {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Resolves after the last byte of both outputs; never rejects. */
  closed: Promise<ChannelEnd>;
  /** Detaches from the command without waiting: its standard input closes, but the command continues. */
  destroy(): void;
}

/** A finished command. */
export interface RunResult extends ChannelEnd {
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Written to the command's standard input, which then closes. */
  stdin?: string | Uint8Array;
  /** Milliseconds after which rampcheck detaches from the command and sets `lost` (default: 60 s). */
  timeout?: number;
}

/** A connected machine. Any number of commands may run at the same time. */
export interface Connection {
  host: Host;
  /** How it was reached, for messages: `this machine`, `root@10.0.0.7:22 with rampcheck's own ssh`. */
  how: string;
  /** Starts a command. Its arguments arrive unchanged: the node's shell does not interpret them. */
  open(argv: readonly string[]): Promise<Channel>;
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Closes the connection. Commands on the node notice only that their standard input ends. */
  close(): Promise<void>;
}

/** A way to reach machines. */
export interface Transport {
  name: 'local' | 'builtin' | 'system' | 'auto';
  /** @throws RampcheckError with ssh's own message and what to do about it (exit 91). */
  connect(host: Host): Promise<Connection>;
  /** Closes all connections and what they share (jump hosts, control masters). */
  close(): Promise<void>;
}

const RUN_TIMEOUT = 60_000;

/** The complete output of a command, read from a channel. */
export async function runOn(
  channel: Channel,
  { stdin, timeout = RUN_TIMEOUT }: RunOptions = {},
): Promise<RunResult> {
  const [stdout, stderr] = [collect(channel.stdout), collect(channel.stderr)];
  // A command may end without reading its input.
  channel.stdin.on('error', () => {});
  channel.stdin.end(stdin);
  const late = Promise.withResolvers<ChannelEnd>();
  const timer = setTimeout(() => {
    late.resolve({ exitCode: null, signal: null, lost: `no answer within ${timeout / 1000} s` });
    channel.destroy();
  }, timeout);
  const ended = Promise.all([channel.closed, stdout.ended, stderr.ended]).then(([end]) => end);
  const end = await Promise.race([ended, late.promise]);
  clearTimeout(timer);
  return { ...end, stdout: stdout.text(), stderr: stderr.text() };
}

/** The complete text of a stream. The command's end may be known before the last bytes arrive. */
function collect(stream: Readable): { text(): string; ended: Promise<void> } {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return {
    text: () => Buffer.concat(chunks).toString('utf8'),
    // If it breaks off, what arrived so far is the result.
    ended: finished(stream).catch(() => {}),
  };
}
