import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { files } from '../contract/contract.ts';
import { RampcheckError } from '../errors.ts';
import { type Redact, redactDocument } from '../redact/redact.ts';
import { writeByRename } from '../write-by-rename.ts';

/** A run's own folder (mode 0700): run.json, job.json, plan.json, events.jsonl, lr.jsonl, verdict.json, logs/, rampcheck.log. */
export interface RunDirectory {
  /** The run's name: UTC time of its start and six random characters. */
  id: string;
  path: string;
  /** Writes a file by rename: a reader sees the old or the new file, never a part of it. */
  write(name: string, document: unknown): void;
  /** Appends a line of text, or a document as one line of JSON, and returns how many bytes that were. */
  append(name: string, entry: string | object): number;
}

/**
 * Creates the folder of a new run: `--run-dir` itself, or a new one under rampcheck-runs/ with `latest` pointing to it.
 *
 * @throws RampcheckError `run-dir` if it cannot be created or already contains a run; `run-dir-shared` if others can write to it.
 */
export function makeRunDirectory(cwd: string, chosen: string | undefined, redact: Redact): RunDirectory {
  const id = `${new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, '').replace('T', '-')}-${randomBytes(3).toString('hex')}`;
  const path = resolve(cwd, chosen ?? join('rampcheck-runs', id));
  try {
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(path, { mode: 0o700, recursive: chosen !== undefined });
    assertOurs(path);
    mkdirSync(join(path, files.logs), { mode: 0o700 });
  } catch (error) {
    if (error instanceof RampcheckError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new RampcheckError(
      'run-dir',
      code === 'EEXIST' ? `${path} already contains a run` : `cannot create ${path}: ${message}`,
      {
        hint: 'choose another folder with --run-dir',
        cause: error,
      },
    );
  }
  if (chosen === undefined) pointLatest(dirname(path), id);
  return runDirectory(id, path, redact);
}

/** Files of a run's folder are executed on every node, so no other user may be able to write there. */
function assertOurs(path: string): void {
  const { uid, mode } = lstatSync(path);
  const others = (mode & 0o022) !== 0;
  if (uid === process.getuid?.() && !others) return;
  throw new RampcheckError(
    'run-dir-shared',
    `${path} ${others ? 'is writable by others' : 'belongs to another user'}, and nodes execute files of a run's folder`,
    {
      hint: others
        ? `chmod go-w ${path}, or choose another folder with --run-dir`
        : 'choose another folder with --run-dir',
    },
  );
}

/**
 * Opens the folder of an existing run. Its functions throw RampcheckError `run-folder-not-written` if the disk is full, read-only
 * or gone.
 */
export function runDirectory(id: string, path: string, redact: Redact): RunDirectory {
  return {
    id,
    path,
    write(name, document) {
      const text = `${JSON.stringify(redactDocument(document, redact), null, 2)}\n`;
      written(path, () => writeByRename(join(path, name), text));
    },
    append(name, entry) {
      const line = typeof entry === 'string' ? redact(entry) : JSON.stringify(redactDocument(entry, redact));
      const bytes = Buffer.from(`${line}\n`);
      written(path, () => appendFileSync(join(path, name), bytes, { mode: 0o600 }));
      return bytes.length;
    },
  };
}

function written(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new RampcheckError(
      'run-folder-not-written',
      `cannot write to ${path}: ${(error as Error).message}`,
      {
        hint: 'free some space, or choose a folder on another disk with --run-dir',
        cause: error,
      },
    );
  }
}

/** The file of a rank's output, or of its node's launcher, below the run's folder. */
export function logName(node: string, rank: number | null): string {
  const name = node.replace(/[^\w.@:-]/g, '_');
  return files.run_log.replace('{node}', name).replace('{source}', String(rank ?? 'launcher'));
}

/** Removes the folder of a run that never started; `latest` points to the previous run again. */
export function discard({ path, id }: RunDirectory): void {
  rmSync(path, { recursive: true, force: true });
  const link = join(dirname(path), 'latest');
  try {
    if (readlinkSync(link) !== id) return;
    rmSync(link);
    const before = readdirSync(dirname(path)).filter((name) => /^\d{8}-\d{6}-/.test(name));
    const last = before.sort().at(-1);
    if (last !== undefined) symlinkSync(last, link);
  } catch {
    // The run used --run-dir.
  }
}

function pointLatest(runs: string, id: string): void {
  const link = join(runs, 'latest');
  try {
    rmSync(link, { force: true });
    symlinkSync(id, link);
  } catch {
    // Only a convenience: two runs that start together may both try to set it.
  }
}
