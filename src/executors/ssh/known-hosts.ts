import { createHmac } from 'node:crypto';
import type { Location } from '../../errors.ts';
import { readBounded } from '../../files/read-bounded.ts';

/** One line of a known_hosts file. */
export interface KnownHost {
  marker: 'cert-authority' | 'revoked' | undefined;
  /** Patterns as written, or one hashed name. */
  names: string;
  type: string;
  /** The key, base64. */
  key: string;
  location: Location;
}

/** The state of a host's key according to known_hosts. */
export type HostKeyState =
  | { state: 'known' | 'unknown' }
  /** A different key of the same type is known, or this key is revoked, with the location of that line. */
  | { state: 'changed' | 'revoked'; location: Location };

/** The lines of these files in order; a missing file has none. */
export function readKnownHosts(paths: readonly string[]): KnownHost[] {
  return paths.flatMap((path) => {
    try {
      return parseKnownHosts(readBounded(path).toString('utf8'), path);
    } catch {
      return [];
    }
  });
}

/** Comments and lines that ssh would not read are skipped. */
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
 * Checks a key (in sshd's binary form) as ssh does: a port other than 22 is looked up as `[host]:port` first, and a match under the
 * bare name is accepted too; a revoked key is always refused.
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
  // A different key under the bare name may belong to another port.
  return bare.state === 'known' || bare.state === 'revoked' ? bare : found;
}

/** The key types that are known for a host: they are requested first, so that a second type does not look like a changed key. */
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

/** Returns whether a certificate authority signs keys of this host. */
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

/** `a,b*,!c`, or `|1|salt|hash`. A negated match excludes the line even if other patterns match. */
function matches(names: string, name: string): boolean {
  if (names.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = names.split('|');
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  const patterns = names.toLowerCase().split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && glob(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => glob(pattern, name));
}

/** ssh's own patterns: only `*` and `?`. A star that was too short is made longer; earlier ones stay, so that no pattern takes long. */
function glob(pattern: string, name: string): boolean {
  let [at, place] = [0, 0];
  let star: { at: number; place: number } | undefined;
  while (place < name.length) {
    if (pattern[at] === '*') {
      star = { at, place };
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === name[place]) {
      at += 1;
      place += 1;
    } else if (star) {
      star.place += 1;
      [at, place] = [star.at + 1, star.place];
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/** The type of a key in sshd's binary form: its first string. */
function typeOf(blob: Buffer): string {
  return blob.length < 4 ? '' : blob.toString('latin1', 4, 4 + blob.readUInt32BE(0));
}
