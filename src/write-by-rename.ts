import { randomBytes } from 'node:crypto';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a new file next to the old one and renames it: a reader sees the old or the new file, never a part of it, and a
 * full disk leaves the old one. Only the owner can read it unless `mode` is given.
 */
export function writeByRename(path: string, text: string, mode = 0o600): void {
  const fresh = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    writeFileSync(fresh, text, { flag: 'wx', mode });
    // The umask may have removed bits of the requested mode.
    chmodSync(fresh, mode);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
