import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyAuthMethod, Client, ClientChannel, ConnectConfig, utils } from 'ssh2';
import { quote } from '../../job/quote.ts';
import type { Channel, ChannelEnd, Connection, Host } from '../transport.ts';
import { runOn } from '../transport.ts';
import { sshError } from './failure.ts';
import { judgeHostKey, knownTypes, readKnownHosts } from './known-hosts.ts';
import { makeLimit, SHORT_SESSIONS } from './limit.ts';
import { retrying } from './retry.ts';
import { CONNECT_SECONDS, type SshSettings } from './settings.ts';

/** The ssh2 library, imported only when needed. */
export interface Ssh2 {
  Client: typeof Client;
  utils: typeof utils;
}

/** Group exchange would block this process's only thread for two seconds per host, and freeze all other connections. */
const KEX = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
] as const;
const HOST_KEYS: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};
/** Seconds between keepalives that sshd must answer, and how many may stay unanswered. */
const KEEP_ALIVE = 15;
const KEEP_ALIVE_MISSED = 3;
const SESSION_TRIES = 5;

/** Connects with rampcheck's own ssh; through `socket` if the host is behind a jump host. */
export async function connectBuiltin(
  host: Host,
  settings: SshSettings,
  ssh2: Ssh2,
  socket?: () => Promise<Readable>,
) {
  const client = await retrying(() => handshake(settings, ssh2, socket));
  let lost: string | undefined;
  client.on('error', (error) => {
    lost ??= error.message;
  });
  const over = new Promise<void>((done) => void client.once('close', () => done()));
  const limit = makeLimit(SHORT_SESSIONS);
  const open = (argv: readonly string[]) =>
    openChannel(client, argv, () => lost ?? 'the connection was lost');
  const connection: Connection = {
    host,
    how: `${settings.user}@${settings.hostname}:${settings.port}, rampcheck's own ssh`,
    open,
    run: (argv, options) => limit('', async () => runOn(await open(argv), options)),
    async close() {
      client.end();
      await Promise.race([over, sleep(1000)]);
      client.destroy();
    },
  };
  return { connection, client };
}

async function handshake(
  settings: SshSettings,
  ssh2: Ssh2,
  socket?: () => Promise<Readable>,
): Promise<Client> {
  const { alias, hostname, port } = settings;
  const client = new ssh2.Client();
  let refused: ReturnType<typeof sshError> | undefined;
  const known = readKnownHosts(settings.knownHosts);
  const sock = await socket?.();
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      client.destroy();
      reject(refused ?? sshError(settings, spelledOut(error), { cause: error }));
    };
    // A failed handshake may raise a second error while the connection is closed.
    client.on('error', fail);
    client.once('close', () => fail(new Error('Connection lost before handshake')));
    client.once('ready', () => {
      client.removeListener('error', fail);
      client.setNoDelay(true);
      resolve(client);
    });
    client.connect({
      ...(sock ? { sock } : { host: hostname, port }),
      username: settings.user,
      readyTimeout: (settings.connectTimeout ?? CONNECT_SECONDS) * 1000,
      keepaliveInterval: KEEP_ALIVE * 1000,
      keepaliveCountMax: KEEP_ALIVE_MISSED,
      authHandler: authMethods(settings, ssh2),
      algorithms: {
        kex: [...KEX],
        serverHostKey: hostKeyOrder(knownTypes(known, settings.hostKeyAlias ?? hostname, port)),
      } as NonNullable<ConnectConfig['algorithms']>,
      hostVerifier: (blob: Buffer) => {
        const name = settings.hostKeyAlias ?? hostname;
        const judged = judgeHostKey(known, name, settings.hostKeyAlias ? 22 : port, blob);
        const shown = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
        if (judged.state === 'known') return true;
        if (judged.state === 'unknown' && TAKES_ANY.has(settings.strict)) return true;
        const said = {
          unknown: `no host key is known for ${alias}; its key is ${shown}`,
          changed: `its host key has changed, to ${shown}`,
          revoked: `its host key ${shown} is revoked`,
        }[judged.state];
        refused = sshError(settings, said, 'location' in judged ? { location: judged.location } : {});
        return false;
      },
    });
  });
}

/** StrictHostKeyChecking no: the user accepts unknown keys. A changed key is still refused. */
const TAKES_ANY = new Set(['no', 'off', 'false']);

function hostKeyOrder(known: readonly string[]): string[] {
  const types = [...known.filter((type) => HOST_KEYS[type]), ...Object.keys(HOST_KEYS)];
  return [...new Set(types.flatMap((type) => HOST_KEYS[type] ?? []))];
}

/** The identity files that need no passphrase, then the keys of the agent. */
function authMethods(
  { user, identityFiles, agent, identitiesOnly }: SshSettings,
  { utils }: Ssh2,
): AnyAuthMethod[] {
  const keys = identityFiles.flatMap((path): AnyAuthMethod[] => {
    const key = readKey(path, utils);
    return key ? [{ type: 'publickey', username: user, key }] : [];
  });
  const held: AnyAuthMethod[] = agent && !identitiesOnly ? [{ type: 'agent', username: user, agent }] : [];
  return [...keys, ...held];
}

/** A private key; undefined if the file is missing, needs a passphrase, or has a format that the library does not know. */
export function readKey(path: string, { parseKey }: Ssh2['utils']): Buffer | undefined {
  try {
    const text = readFileSync(path);
    return parseKey(text) instanceof Error ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The message of a library error; an AggregateError of Node has none of its own. */
function spelledOut(error: Error & { code?: string; errors?: Error[] }): string {
  return error.message || error.errors?.[0]?.message || error.code || error.name;
}

/** Starts a command. sshd may still count a session that has just ended; the request is then repeated. */
async function openChannel(client: Client, argv: readonly string[], lost: () => string): Promise<Channel> {
  const command = argv.map(quote).join(' ');
  for (let tried = 1; ; tried++) {
    try {
      return await new Promise<Channel>((resolve, reject) => {
        client.exec(command, (error, stream) => (error ? reject(error) : resolve(channelOf(stream, lost))));
      });
    } catch (error) {
      if (tried === SESSION_TRIES || !/Channel open failure/.test(String(error))) throw error;
      await sleep(50 * 2 ** tried * (0.5 + Math.random()));
    }
  }
}

/** Called as soon as the session exists: its exit may arrive in the same packet. */
function channelOf(stream: ClientChannel, lost: () => string): Channel {
  let end: ChannelEnd | undefined;
  stream.on('exit', (code: number | null, signal?: string) => {
    end = { exitCode: code, signal: signal ? `SIG${signal.replace(/^SIG/, '')}` : null };
  });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  stream.pipe(stdout);
  stream.stderr.pipe(stderr);
  // `closed` reports a lost connection; an error of a late write adds nothing.
  for (const each of [stream, stream.stderr, stdout, stderr]) each.on('error', () => {});
  const closed = new Promise<ChannelEnd>((done) => {
    stream.once('close', () => {
      for (const [source, copy] of [
        [stream, stdout],
        [stream.stderr, stderr],
      ] as const) {
        // Output that has arrived is delivered first.
        if (source.readableLength === 0) copy.end();
        else source.once('end', () => copy.end());
      }
      done(end ?? { exitCode: null, signal: null, lost: lost() });
    });
  });
  // sshd answers a close only when the command has ended, which may be never, so readers are released at once.
  const destroy = () => {
    stream.close();
    for (const copy of [stdout, stderr]) copy.destroy();
  };
  return { stdin: stream, stdout, stderr, closed, destroy };
}
