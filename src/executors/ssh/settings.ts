import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { RampcheckError } from '../../errors.ts';
import type { Host } from '../transport.ts';
import { sshError } from './failure.ts';

/** The ssh_config settings of one host, as `ssh -G` prints them: with Include, Match and defaults applied. */
export interface SshSettings {
  /** The name as the user wrote it. */
  alias: string;
  hostname: string;
  user: string;
  port: number;
  identityFiles: string[];
  certificateFiles: string[];
  identitiesOnly: boolean;
  /** The agent's socket, or undefined without an agent. */
  agent: string | undefined;
  knownHosts: string[];
  hostKeyAlias: string | undefined;
  /** `yes` and `ask` refuse an unknown key, because there is no prompt here; `no` accepts any. */
  strict: string;
  /** In the order of the hops; empty without ProxyJump. */
  jumps: string[];
  /** Seconds. */
  connectTimeout: number | undefined;
  /** Every other keyword, in lower case, with its last value. */
  others: Readonly<Record<string, string>>;
}

/** How long to wait for a node that accepts the connection but does not answer (seconds), unless ssh_config sets it. */
export const CONNECT_SECONDS = 10;

/**
 * Reads the settings from ssh itself. `config` is ssh's -F.
 *
 * @throws RampcheckError `ssh-config` if ssh cannot read its configuration, `ssh-host` for a name that looks like an option.
 */
export async function readSettings({ name, user, port }: Host, config?: string): Promise<SshSettings> {
  if (name.startsWith('-') || user?.startsWith('-')) {
    throw new RampcheckError('ssh-host', `'${name}' is not a host name`, {
      hint: 'host names do not start with a dash',
    });
  }
  const words = [
    ...(config === undefined ? [] : ['-F', config]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
  ];
  return parseSettings(name, await printed(['-G', ...words, '--', name]));
}

/** Parses the output of `ssh -G`: one keyword and its value per line. */
export function parseSettings(alias: string, text: string, env = process.env): SshSettings {
  const all = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (key) all.set(key, [...(all.get(key) ?? []), value]);
  }
  const one = (key: string) => all.get(key)?.at(-1);
  const named = (key: string) => (one(key) === 'none' ? undefined : one(key));
  const files = (key: string) => (all.get(key) ?? []).flatMap((value) => value.split(' ')).map(expandHome);
  const timeout = Number(one('connecttimeout'));
  return {
    alias,
    hostname: one('hostname') ?? alias,
    user: one('user') ?? '',
    port: Number(one('port') ?? 22),
    identityFiles: (all.get('identityfile') ?? []).map(expandHome),
    certificateFiles: (all.get('certificatefile') ?? []).map(expandHome),
    identitiesOnly: one('identitiesonly') === 'yes',
    agent: agentSocket(one('identityagent'), env),
    knownHosts: [...files('userknownhostsfile'), ...files('globalknownhostsfile')],
    hostKeyAlias: named('hostkeyalias'),
    strict: one('stricthostkeychecking') === 'true' ? 'yes' : (one('stricthostkeychecking') ?? 'ask'),
    jumps: named('proxyjump')?.split(',') ?? [],
    connectTimeout: timeout > 0 ? timeout : undefined,
    others: Object.fromEntries([...all].map(([key, values]) => [key, values.at(-1) ?? ''])),
  };
}

function agentSocket(identityAgent: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (identityAgent === 'none') return undefined;
  if (identityAgent === undefined || identityAgent === 'SSH_AUTH_SOCK') return env.SSH_AUTH_SOCK || undefined;
  return identityAgent.startsWith('$')
    ? env[identityAgent.slice(1).replace(/[{}]/g, '')]
    : expandHome(identityAgent);
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? `${homedir()}${path.slice(1)}` : path;
}

function printed(args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('ssh', args, { timeout: 30_000 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      reject(
        sshError({ alias: args.at(-1) ?? '' }, missing ? 'ssh: command not found' : stderr || error.message),
      );
    });
  });
}
