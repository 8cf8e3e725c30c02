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
  /** As the command names it. */
  file: string;
  before: string;
  after: string;
}

/** The files that edits change, with their texts; nothing is written. */
export function repairFiles(cwd: string, edits: readonly FileEdit[]): Repaired[] {
  return [...new Set(edits.map(({ file }) => file))].map((file) => {
    const before = readNamedFile(cwd, file, {
      code: 'deepspeed-config-missing',
      what: 'the file to be edited',
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
 * Writes the edited files: a new file beside the old one, then renamed, with the same mode. A link stays a link.
 *
 * @throws RampcheckError `file-changed` when a file is no longer the one that was read; nothing is written then.
 */
export function writeRepairs(cwd: string, repaired: readonly Repaired[]): void {
  const targets = repaired.map((repair) => ({ ...repair, path: realpathSync(resolve(cwd, repair.file)) }));
  for (const { file, path, before } of targets) {
    if (readFileSync(path, 'utf8') !== before) {
      throw new RampcheckError(
        'file-changed',
        `${file} changed while it was being read: nothing was written`,
        {
          location: { file },
          hint: 'run the command again',
        },
      );
    }
  }
  for (const { path, after } of targets) {
    writeByRename(path, after, statSync(path).mode & 0o7777);
  }
}

function isYaml(file: string): boolean {
  return /\.ya?ml$/.test(file);
}
