import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { nodeProgram } from '../contract/archive.ts';
import { RampcheckError } from '../errors.ts';
import type { Executor } from '../executors/executor.ts';
import { type Channel, runOn } from '../executors/transport.ts';
import { type Activation, activated } from '../job/activation.ts';
import { type Examined, nodeReport } from './node-report.ts';

/** The request to every node (src/node/rampcheck_node/probe.py). */
export interface Request {
  cwd: string;
  files: string[];
  program: string | undefined;
  /** The PATH that the run sets; without one, the node's own. */
  path?: string | undefined;
  python: string | undefined;
  modules: string[];
}

export interface Probed {
  nodes: Examined[];
  /** Why the first node cannot listen at the rendezvous address; null if it can. */
  masterError: string | null;
}

/** A node that does not answer for this long counts as broken (milliseconds). */
const PATIENCE = 20_000;
const PYTHON = 'python3';

/** Asks all nodes at once, while the first one listens at the rendezvous address. Never rejects: a silent node is a problem to report. */
export async function probeNodes(
  executor: Executor,
  nodes: readonly { name: string; slots: readonly number[] }[],
  activate: readonly Activation[],
  request: Request,
  master: { address: string; port: number } | null,
): Promise<Probed> {
  const token = randomBytes(16).toString('hex');
  const listener = master && (await listenAt(executor, { ...master, token }));
  const names = nodes.map(({ name }) => name);
  const examined = await Promise.all(
    nodes.map((node, index) =>
      probeOne(executor, index, node, activate, {
        ...request,
        peers: index === 0 ? names.slice(1) : names.slice(0, 1),
        ...(master && listener?.error === null ? { master: { ...master, token } } : {}),
      }),
    ),
  );
  listener?.end();
  return { nodes: examined, masterError: listener?.error ?? null };
}

async function probeOne(
  executor: Executor,
  index: number,
  { name, slots }: { name: string; slots: readonly number[] },
  activate: readonly Activation[],
  request: object,
): Promise<Examined> {
  const node = { name, slots: slots.length };
  const { argv, text } = nodeProgram(PYTHON, ['probe']);
  try {
    const channel = await executor.open(index, activated(activate, argv));
    const asked = Date.now();
    const { stdout, stderr, exitCode, lost } = await runOn(channel, {
      stdin: Buffer.concat([text, Buffer.from(`${JSON.stringify(request)}\n`)]),
      timeout: PATIENCE,
    });
    const answered = Date.now();
    if (exitCode !== 0) return { ...node, report: null, error: said(name, lost ?? stderr), skew: null };
    const report = nodeReport.parse(JSON.parse(stdout));
    // Its clock was read at some moment between the request and the answer.
    const within = (answered - asked) / 2;
    const skew = { ms: report.time / 1e6 - (asked + answered) / 2, within };
    return { ...node, report, error: null, skew };
  } catch (error) {
    const hint = error instanceof RampcheckError ? error.hint : undefined;
    return { ...node, report: null, error: { message: (error as Error).message, hint }, skew: null };
  }
}

/** A node that answers but has no suitable Python. */
function said(name: string, text: string): NonNullable<Examined['error']> {
  const last = text.trim().split('\n').at(-1) ?? '';
  return {
    message: last || 'it did not answer',
    hint: /python3/.test(text) ? `${name} needs Python 3.9 or later as python3` : undefined,
  };
}

const listening = z.object({ error: z.string().nullish() });

/** Listens at the rendezvous address on the first node, until `end`. */
async function listenAt(
  executor: Executor,
  listen: { address: string; port: number; token: string },
): Promise<{ error: string | null; end(): void }> {
  const { argv, text } = nodeProgram(PYTHON, ['probe']);
  let channel: Channel;
  try {
    channel = await executor.open(0, argv);
  } catch {
    // The node cannot be reached; its own probe reports that.
    return { error: null, end: () => {} };
  }
  channel.stderr.resume();
  channel.stdin.on('error', () => {});
  channel.stdin.write(text);
  channel.stdin.write(`${JSON.stringify({ listen })}\n`);
  const { error } = listening.parse(JSON.parse(await firstLine(channel)));
  return { error: error ?? null, end: () => channel.stdin.end() };
}

/** The stream stays open: closing it would end the command. */
function firstLine({ stdout, closed }: Channel): Promise<string> {
  const line = Promise.withResolvers<string>();
  let text = '';
  stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    if (text.includes('\n')) line.resolve(text.slice(0, text.indexOf('\n')));
  });
  void closed.then(() => line.resolve('{"error": "its Python exited at once"}'));
  return line.promise;
}

export function digestOf(text: Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
