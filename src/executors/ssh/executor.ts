import { seconds } from '../../contract/contract.ts';
import { ExitCode, RampcheckError } from '../../errors.ts';
import { startAgent } from '../agent-handle.ts';
import type { Executor, Swept } from '../executor.ts';
import { sweepOver } from '../sweep.ts';
import type { Channel, Connection, Host, Transport } from '../transport.ts';
import type { SshValues } from './options.ts';
import { syncFolder } from './sync.ts';
import { sshTransport } from './transport.ts';

const PYTHON = 'python3';

/** Nodes over SSH: every one is reached before anything starts, and each has one long channel, its agent's. */
export function sshExecutor({ ssh, sshConfig: config }: SshValues): Executor {
  let transport: Transport | undefined;
  const hosts: Host[] = [];
  let say: ((text: string) => void) | undefined;
  const connections = new Map<number, Connection>();
  const folders = new Map<number, string>();
  const making = new Map<number, Promise<Connection>>();

  return {
    name: 'ssh',
    async prepare(nodes, options) {
      say = options.say;
      transport = sshTransport({ ssh, config, say });
      hosts.push(...nodes);
      if (options.oneByOne) return;
      const reached = await Promise.allSettled(nodes.map((node) => (transport as Transport).connect(node)));
      reached.forEach((result, node) => {
        if (result.status === 'fulfilled') connections.set(node, result.value);
      });
      const refused = reached.flatMap((result) =>
        result.status === 'rejected' ? [result.reason as unknown] : [],
      );
      if (refused.length > 0) {
        await transport.close();
        throw together(
          refused,
          nodes.length,
          nodes.filter((_, node) => !connections.has(node)),
        );
      }
    },
    sync: (folder) =>
      syncFolder(
        folder,
        hosts.map((_, node) => connectionTo(node)),
        { config, say },
      ),
    start: (node) =>
      startAgent({ ...node, lease: seconds.lease }, PYTHON, {
        path: 'the PATH that ssh gives it',
        open: (argv) =>
          node.type === 'start' ? connectionTo(node.node).open(argv) : openAgain(node.node, argv),
        started: (directory) => void folders.set(node.node, directory),
        kill: async () => void (await sweep(node.run, node.node)),
      }),
    open: async (node, argv) => (await (making.get(node) ?? make(node))).open(argv),
    sweep,
    close: async () => transport?.close(),
  };

  /** One connection for several commands, made when the first of them needs it. */
  function make(node: number): Promise<Connection> {
    const known = connections.get(node);
    const connection = known ? Promise.resolve(known) : (transport as Transport).connect(hosts[node] as Host);
    making.set(node, connection);
    return connection;
  }

  function connectionTo(node: number): Connection {
    const connection = connections.get(node);
    if (!connection) throw new Error(`node ${node} was started before it was reached`);
    return connection;
  }

  /** On a new connection: the one there was, if any, has been lost. */
  async function openAgain(node: number, argv: readonly string[]): Promise<Channel> {
    void connections.get(node)?.close();
    connections.delete(node);
    const made = await (transport as Transport).connect(hosts[node] as Host);
    connections.set(node, made);
    return made.open(argv);
  }

  /** Over the connection there is, or a new one: the old one may be what was lost. */
  async function sweep(run: string, node: number): Promise<Swept> {
    const known = folders.has(node) ? [folders.get(node) ?? ''] : [];
    const attempt = (connection: Connection) => sweepOver(connection, PYTHON, run, node, known);
    try {
      return await attempt(connectionTo(node));
    } catch {
      try {
        return await attempt(await (transport as Transport).connect(hosts[node] as Host));
      } catch {
        // The node itself is out of reach: its agent ends the job when the lease is over.
        return { killed: 0, nothingLeft: false };
      }
    }
  }
}

/** One error for all nodes that cannot be reached: the first one's code and remedy, everybody's reason. */
function together(errors: readonly unknown[], total: number, nodes: readonly Host[]): unknown {
  const [first] = errors;
  if (!(first instanceof RampcheckError) || errors.length === 1) return first;
  const reasons = errors.map((error) => `\n    ${(error as Error).message}`);
  return new RampcheckError(
    first.code,
    `${errors.length} of ${total} nodes cannot be reached:${reasons.join('')}`,
    {
      hint: `${first.hint}; or leave them out: --exclude ${nodes.map(({ name }) => name).join('@')}`,
      exitCode: ExitCode.nodeNotStarted,
      cause: first,
    },
  );
}
