import type { Readable } from 'node:stream';
import type { Connection, Host, Transport } from '../transport.ts';
import { connectBuiltin, type Ssh2 } from './builtin.ts';
import { mayHelp, needsSystem } from './choose.ts';
import { makeLimit } from './limit.ts';
import { readSettings, type SshSettings } from './settings.ts';
import { connectSystem } from './system.ts';

export interface SshOptions {
  /** --ssh: which implementation to use; `auto` prefers rampcheck's own if it can. */
  ssh?: 'auto' | 'system' | 'builtin' | undefined;
  /** --ssh-config: ssh's -F. */
  config?: string | undefined;
  /** Called once to report that some hosts are reached differently. */
  say?: ((text: string) => void) | undefined;
}

/** Simultaneous connections to a server at one address, or to a jump host. */
const HANDSHAKES = 8;

/** Hosts over SSH: settings come from `ssh -G`, host keys are checked, and hosts behind the same jump host share its connection. */
export function sshTransport({ ssh = 'auto', config, say }: SshOptions = {}): Transport {
  const limit = makeLimit(HANDSHAKES);
  const open = new Set<{ close(): Promise<void> }>();
  const jumps = new Map<string, Promise<{ client: import('ssh2').Client }>>();
  const told = new Set<string>();
  const library = () => import('ssh2').then(({ default: ssh2 }) => ssh2 as Ssh2);

  return {
    name: ssh,
    async connect(host) {
      const settings = await readSettings(host, config);
      const connection = await reach(host, settings);
      open.add(connection);
      return connection;
    },
    async close() {
      await Promise.all([...open].map((connection) => connection.close()));
      open.clear();
    },
  };

  async function reach(host: Host, settings: SshSettings): Promise<Connection> {
    const gate =
      settings.jumps.length > 0 ? settings.jumps.join(',') : `${settings.hostname}:${settings.port}`;
    const system = () => limit(gate, () => connectSystem(host, settings, config));
    if (ssh === 'system') return system();
    const ssh2 = await library();
    const why = ssh === 'builtin' ? undefined : needsSystem(settings, ssh2);
    if (why) {
      tell(host, why);
      return system();
    }
    try {
      return (await limit(gate, async () => connectBuiltin(host, settings, ssh2, through(settings))))
        .connection;
    } catch (error) {
      if (ssh === 'builtin' || !mayHelp(error as Error)) throw error;
      tell(host, "the server offers no algorithm that rampcheck's own ssh supports");
      return system();
    }
  }

  function tell({ name }: Host, why: string): void {
    if (told.size === 0)
      say?.(`${name}, and possibly other nodes, are reached with this machine's ssh: ${why}`);
    told.add(name);
  }

  /** A socket from the last jump host to this host. */
  function through({ jumps: hops, hostname, port }: SshSettings): (() => Promise<Readable>) | undefined {
    if (hops.length === 0) return undefined;
    return async () => {
      const { client } = await jump(hops);
      return new Promise((resolve, reject) => {
        client.forwardOut('127.0.0.1', 0, hostname, port, (error, stream) =>
          error ? reject(error) : resolve(stream),
        );
      });
    };
  }

  /** One connection to each jump host, shared by all hosts behind it. */
  function jump(hops: readonly string[]): Promise<{ client: import('ssh2').Client }> {
    const key = hops.join(',');
    const known = jumps.get(key);
    if (known) return known;
    const connecting = (async () => {
      const host = parseHop(hops.at(-1) ?? '');
      const settings = await readSettings(host, config);
      const before = hops.slice(0, -1);
      const made = await connectBuiltin(
        host,
        settings,
        await library(),
        before.length ? through({ ...settings, jumps: before }) : undefined,
      );
      open.add(made.connection);
      return made;
    })();
    jumps.set(key, connecting);
    return connecting;
  }
}

/** `user@host:port`, as in ProxyJump; `ssh://` may precede it, and IPv6 addresses are in brackets. */
function parseHop(text: string): Host {
  const [, user, bracketed, bare, port] =
    /^(?:ssh:\/\/)?(?:([^@]+)@)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  return { name: bracketed ?? bare ?? text, user, port: port === undefined ? undefined : Number(port) };
}
