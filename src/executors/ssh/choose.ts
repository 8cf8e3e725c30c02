import { existsSync } from 'node:fs';
import { readKey, type Ssh2 } from './builtin.ts';
import { hasAuthority, knownTypes, readKnownHosts } from './known-hosts.ts';
import type { SshSettings } from './settings.ts';

/** Why a host needs the machine's own ssh; undefined when rampcheck's own can reach it. */
export function needsSystem(settings: SshSettings, ssh2: Ssh2): string | undefined {
  const { others, identityFiles, hostname, port, strict } = settings;
  const set = (key: string) => others[key] !== undefined && others[key] !== 'none';
  if (set('proxycommand')) return 'ssh_config names a ProxyCommand';
  if (set('knownhostscommand')) return 'ssh_config names a KnownHostsCommand';
  if (set('pkcs11provider')) return 'the key is on a smart card';
  if (strict === 'accept-new')
    return 'new host keys are to be written down (StrictHostKeyChecking accept-new)';
  if (others.verifyhostkeydns === 'true' || others.verifyhostkeydns === 'yes')
    return 'host keys are looked up in DNS';
  const certificate = [...settings.certificateFiles, ...identityFiles.map((path) => `${path}-cert.pub`)].find(
    existsSync,
  );
  if (certificate) return `${certificate} is an OpenSSH certificate`;
  const known = readKnownHosts(settings.knownHosts);
  const name = settings.hostKeyAlias ?? hostname;
  if (hasAuthority(known, name, port) && knownTypes(known, name, port).length === 0) {
    return 'a certificate authority stands for its host key';
  }
  const exists = identityFiles.filter(existsSync);
  const usable = exists.filter((path) => readKey(path, ssh2.utils));
  if (usable.length > 0) return undefined;
  if (settings.agent && !settings.identitiesOnly && existsSync(settings.agent)) return undefined;
  if (exists.length > 0) return `${exists[0]} is a key that only ssh can use (a passphrase, a security key)`;
  return 'there is no key file and no agent';
}

/** What rampcheck's own ssh cannot agree with a server about, and the machine's own may. */
export function mayHelp(error: Error): boolean {
  return /no matching (key exchange|host key|cipher|C->S|S->C)|Handshake failed|Unsupported algorithm/i.test(
    `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`,
  );
}
