import { randomBytes } from 'node:crypto';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a whole file beside its old self and renames it into place: a reader sees the old or the new one, never half of it, and a
 * full disk leaves the old one. Readable by its owner alone unless `mode` says otherwise.
 */
export function writeByRename(path: string, text: string, mode = 0o600): void {
  const fresh = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    writeFileSync(fresh, text, { flag: 'wx', mode });
    // What the umask takes away of a mode that was asked for.
    chmodSync(fresh, mode);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
