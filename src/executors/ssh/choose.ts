import { existsSync } from 'node:fs';
import { readKey, type Ssh2 } from './builtin.ts';
import { hasAuthority, knownTypes, readKnownHosts } from './known-hosts.ts';
import type { SshSettings } from './settings.ts';

/** Returns why a host needs the machine's ssh, or undefined if rampcheck's own can reach it. */
export function needsSystem(settings: SshSettings, ssh2: Ssh2): string | undefined {
  const { others, identityFiles, hostname, port, strict } = settings;
  const set = (key: string) => others[key] !== undefined && others[key] !== 'none';
  if (set('proxycommand')) return 'ssh_config sets a ProxyCommand';
  if (set('knownhostscommand')) return 'ssh_config sets a KnownHostsCommand';
  if (set('pkcs11provider')) return 'the key is on a smart card';
  if (strict === 'accept-new') return 'new host keys are stored (StrictHostKeyChecking accept-new)';
  if (others.verifyhostkeydns === 'true' || others.verifyhostkeydns === 'yes')
    return 'host keys are verified through DNS';
  const certificate = [...settings.certificateFiles, ...identityFiles.map((path) => `${path}-cert.pub`)].find(
    existsSync,
  );
  if (certificate) return `${certificate} is an OpenSSH certificate`;
  const known = readKnownHosts(settings.knownHosts);
  const name = settings.hostKeyAlias ?? hostname;
  if (hasAuthority(known, name, port) && knownTypes(known, name, port).length === 0) {
    return 'its host key is signed by a certificate authority';
  }
  const exists = identityFiles.filter(existsSync);
  const usable = exists.filter((path) => readKey(path, ssh2.utils));
  if (usable.length > 0) return undefined;
  if (settings.agent && !settings.identitiesOnly && existsSync(settings.agent)) return undefined;
  if (exists.length > 0)
    return `${exists[0]} is a key that only ssh can use (it has a passphrase, or is a security key)`;
  return 'there is neither a key file nor an agent';
}

/** Returns whether rampcheck's own ssh and the server have no algorithm in common; the machine's ssh may have one. */
export function mayHelp(error: Error): boolean {
  return /no matching (key exchange|host key|cipher|C->S|S->C)|Handshake failed|Unsupported algorithm/i.test(
    `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`,
  );
}
