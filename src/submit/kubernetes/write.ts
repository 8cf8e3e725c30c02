import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a file of a run's folder so that a reader sees the old or the new one, never half of it. */
export function writeByRename(path: string, name: string, text: string): void {
  const temporary = join(path, `.${name}.${process.pid}.tmp`);
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, join(path, name));
}
