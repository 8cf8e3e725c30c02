import { readFileSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { RampcheckError } from '../errors.ts';
import { writeByRename } from '../write-by-rename.ts';
import { editJson } from './edit-json.ts';
import { editYamlScalar } from './edit-yaml.ts';
import type { FileEdit } from './file-edit.ts';
import { readNamedFile } from './read-file.ts';

/** A file before and after its edits. */
export interface Repaired {
  /** The path as it is written in the command. */
  file: string;
  before: string;
  after: string;
}

/** Returns the files that the edits change, with old and new texts; writes nothing. */
export function repairFiles(cwd: string, edits: readonly FileEdit[]): Repaired[] {
  return [...new Set(edits.map(({ file }) => file))].map((file) => {
    const before = readNamedFile(cwd, file, {
      code: 'deepspeed-config-missing',
      what: 'the file to edit',
    });
    const after = edits
      .filter((edit) => edit.file === file)
      .reduce(
        (text, { path, value }) =>
          isYaml(file) ? editYamlScalar(text, path, value) : editJson(text, path, value),
        before,
      );
    return { file, before, after };
  });
}

/**
 * Writes the edited files: a new file next to the old one, then a rename, with the same mode. A link stays a link.
 *
 * @throws RampcheckError `file-changed` if a file differs from what was read; then nothing is written.
 */
export function writeRepairs(cwd: string, repaired: readonly Repaired[]): void {
  const targets = repaired.map((repair) => ({ ...repair, path: realpathSync(resolve(cwd, repair.file)) }));
  for (const { file, path, before } of targets) {
    if (readFileSync(path, 'utf8') !== before) {
      throw new RampcheckError('file-changed', `${file} changed after it was read: nothing was written`, {
        location: { file },
        hint: 'run the command again',
      });
    }
  }
  for (const { path, after } of targets) {
    writeByRename(path, after, statSync(path).mode & 0o7777);
  }
}

function isYaml(file: string): boolean {
  return /\.ya?ml$/.test(file);
}
