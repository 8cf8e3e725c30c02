import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Location } from '../../errors.ts';

/** One line of a known_hosts file. */
export interface KnownHost {
  marker: 'cert-authority' | 'revoked' | undefined;
  /** Patterns as they stand, or one hashed name. */
  names: string;
  type: string;
  /** The key, base64. */
  key: string;
  location: Location;
}

/** What known_hosts says of a key that a host shows. */
export type HostKeyState =
  | { state: 'known' | 'unknown' }
  /** Another key of the same kind is known, or this one is withdrawn; where that stands. */
  | { state: 'changed' | 'revoked'; location: Location };

/** The lines of these files, in their order; a file that is not there has none. */
export function readKnownHosts(paths: readonly string[]): KnownHost[] {
  return paths.flatMap((path) => {
    try {
      return parseKnownHosts(readFileSync(path, 'utf8'), path);
    } catch {
      return [];
    }
  });
}

/** Lines that are comments, or none that ssh would read, are left out. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') ? words.shift()?.slice(1) : undefined;
    const [names = '', type = '', key = ''] = words;
    if (names === '' || names.startsWith('#') || key === '') return [];
    if (marker !== undefined && marker !== 'cert-authority' && marker !== 'revoked') return [];
    return [{ marker, names, type, key, location: { file, line: index + 1 } }];
  });
}

/**
 * Judges a key (sshd's own binary form) as ssh does: a port other than 22 is looked up as `[host]:port` first, and a match under the
 * bare name counts too; a revoked key is refused whatever else matches.
 */
export function judgeHostKey(
  entries: readonly KnownHost[],
  host: string,
  port: number,
  blob: Buffer,
): HostKeyState {
  const [type, key] = [typeOf(blob), blob.toString('base64')];
  const found = lookUp(entries, nameWithPort(host, port), type, key);
  if (found.state !== 'unknown' || port === 22) return found;
  const bare = lookUp(entries, host.toLowerCase(), type, key);
  // Another key under the bare name says nothing about this port.
  return bare.state === 'known' || bare.state === 'revoked' ? bare : found;
}

/** Kinds of keys that are known for a host: they are asked for first, so that a second kind does not look like a change. */
export function knownTypes(entries: readonly KnownHost[], host: string, port: number): string[] {
  const names = [nameWithPort(host, port), host.toLowerCase()];
  return [
    ...new Set(
      entries
        .filter(({ marker, names: text }) => !marker && names.some((name) => matches(text, name)))
        .map(({ type }) => type),
    ),
  ];
}

/** Whether a certificate authority stands for this host. */
export function hasAuthority(entries: readonly KnownHost[], host: string, port: number): boolean {
  const names = [nameWithPort(host, port), host.toLowerCase()];
  return entries.some(
    ({ marker, names: text }) => marker === 'cert-authority' && names.some((name) => matches(text, name)),
  );
}

function lookUp(entries: readonly KnownHost[], name: string, type: string, key: string): HostKeyState {
  const here = entries.filter(({ marker, names }) => marker !== 'cert-authority' && matches(names, name));
  const revoked = here.find((entry) => entry.marker === 'revoked' && entry.key === key);
  if (revoked) return { state: 'revoked', location: revoked.location };
  const plain = here.filter((entry) => !entry.marker && entry.type === type);
  if (plain.some((entry) => entry.key === key)) return { state: 'known' };
  const other = plain[0];
  return other ? { state: 'changed', location: other.location } : { state: 'unknown' };
}

function nameWithPort(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** `a,b*,!c`, or `|1|salt|hash`. A negated match refuses the line whatever else it says. */
function matches(names: string, name: string): boolean {
  if (names.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = names.split('|');
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  const patterns = names.toLowerCase().split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && glob(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => glob(pattern, name));
}

/** ssh's own patterns: `*` and `?` and nothing else. */
function glob(pattern: string, name: string): boolean {
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${text}$`, 's').test(name);
}

/** The kind that a key in sshd's binary form names itself: its first string. */
function typeOf(blob: Buffer): string {
  return blob.length < 4 ? '' : blob.toString('latin1', 4, 4 + blob.readUInt32BE(0));
}
