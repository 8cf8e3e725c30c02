import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** One machine as its user names it: a name of ssh_config, a host name or an address, with what the hostfile adds. */
export interface Host {
  name: string;
  user?: string | undefined;
  port?: number | undefined;
}

/** How a command on a node ended. `exitCode` and `signal` are both null when the connection was lost before it said so. */
export interface ChannelEnd {
  exitCode: number | null;
  signal: string | null;
  /** Why nothing is known of the end: the transport's own words. */
  lost?: string;
}

/** One running command on a node. Both outputs must be read: an unread one makes the command wait. */
export interface Channel {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Resolves after the last byte of both outputs; never rejects. */
  closed: Promise<ChannelEnd>;
  /** Lets go of the command without waiting: its standard input closes. It is not ended by that. */
  destroy(): void;
}

/** A command that has run to its end. */
export interface RunResult extends ChannelEnd {
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Written to the command's standard input, which then closes. */
  stdin?: string | Uint8Array;
  /** Milliseconds after which the command is let go of and `lost` says so (default: 60 s). */
  timeout?: number;
}

/** A machine that has been reached. Any number of commands may run at the same time. */
export interface Connection {
  host: Host;
  /** How it was reached, for messages: `this machine`, `root@10.0.0.7:22 with rampcheck's own ssh`. */
  how: string;
  /** Starts a command. Words arrive as they are, whatever the node's POSIX shell makes of others. */
  open(argv: readonly string[]): Promise<Channel>;
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Closes what is open. What runs on the node learns of it by the end of its standard input alone. */
  close(): Promise<void>;
}

/** A way to reach machines. */
export interface Transport {
  name: 'local' | 'builtin' | 'system' | 'auto';
  /** @throws RampcheckError with the reason that ssh itself gives, and what to do about it (exit 91). */
  connect(host: Host): Promise<Connection>;
  /** Closes every connection, and what they share (jump hosts, control masters). */
  close(): Promise<void>;
}

const RUN_TIMEOUT = 60_000;

/** A command's whole output, read from a channel. */
export async function runOn(
  channel: Channel,
  { stdin, timeout = RUN_TIMEOUT }: RunOptions = {},
): Promise<RunResult> {
  const [stdout, stderr] = [collect(channel.stdout), collect(channel.stderr)];
  // A command may end without reading what it is told.
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

/** All that a stream says. The command's end may be known before the last of it has come through. */
function collect(stream: Readable): { text(): string; ended: Promise<void> } {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return {
    text: () => Buffer.concat(chunks).toString('utf8'),
    // One that breaks off has said what it had to say.
    ended: finished(stream).catch(() => {}),
  };
}
