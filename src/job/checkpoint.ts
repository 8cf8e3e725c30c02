import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readPlainPickle } from '../files/pickle.ts';
import { readBounded, statIfAny } from '../files/read-bounded.ts';
import { asRecord } from './scheduler-block.ts';
import type { TrainingArguments } from './training-arguments.ts';

/** The Trainer checkpoint from which the command resumes: the parts that affect the learning rate. */
export interface Checkpoint {
  /** The path as it is written in the command, or the newest checkpoint in the output folder. */
  path: string;
  exists: boolean;
  files: readonly string[];
  globalStep: number | undefined;
  /** The total number of optimizer steps of the run that wrote it. */
  maxSteps: number | undefined;
  /** Samples per rank and forward pass. */
  trainBatchSize: number | undefined;
  /** Base learning rates in scheduler.pt; undefined if the file is missing or cannot be read. */
  baseLrs: readonly number[] | undefined;
}

/** Reads the checkpoint that `resume_from_checkpoint` names: a folder, or the newest one in output_dir for "True". */
export function resumedCheckpoint(cwd: string, training: TrainingArguments): Checkpoint | undefined {
  const given = training.resume_from_checkpoint?.value;
  if (given === undefined || /^(false|none|no|0)$/i.test(given)) return undefined;
  const path = /^(true|yes|1)$/i.test(given) ? newestIn(cwd, training.output_dir?.value) : given;
  return path === undefined ? undefined : readCheckpoint(cwd, path);
}

function readCheckpoint(cwd: string, path: string): Checkpoint {
  const folder = resolve(cwd, path);
  const files = entries(folder);
  const state = jsonOf(join(folder, 'trainer_state.json'));
  const number = (name: string) => (typeof state[name] === 'number' ? state[name] : undefined);
  return {
    path,
    exists: statIfAny(folder)?.isDirectory() === true,
    files,
    globalStep: number('global_step'),
    maxSteps: number('max_steps'),
    trainBatchSize: number('train_batch_size'),
    baseLrs: files.includes('scheduler.pt') ? baseLrsOf(join(folder, 'scheduler.pt')) : undefined,
  };
}

/** transformers/trainer_utils.py, get_last_checkpoint. */
function newestIn(cwd: string, outputDir: string | undefined): string | undefined {
  if (outputDir === undefined) return undefined;
  const steps = entries(resolve(cwd, outputDir)).flatMap(
    (name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? [],
  );
  const last = steps
    .map(Number)
    .sort((a, b) => a - b)
    .at(-1);
  return last === undefined ? undefined : join(outputDir, `checkpoint-${last}`);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function jsonOf(file: string): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(readBounded(file).toString('utf8')));
  } catch {
    // Missing or broken: the rules report what is missing.
    return {};
  }
}

/** `base_lrs` of a scheduler's state. torch.save writes a zip file with uncompressed entries. */
function baseLrsOf(file: string): readonly number[] | undefined {
  const bytes = readIfSmall(file);
  if (!bytes) return undefined;
  const { base_lrs: lrs } = asRecord(readPlainPickle(storedEntry(bytes, /\/data\.pkl$/) ?? new Uint8Array()));
  return Array.isArray(lrs) && lrs.every((lr) => typeof lr === 'number') ? lrs : undefined;
}

/** A scheduler's state has a few kilobytes; a larger file is something else, and is not read. */
function readIfSmall(file: string): Buffer | undefined {
  try {
    return readBounded(file);
  } catch {
    return undefined;
  }
}

const LOCAL_HEADER = 0x04034b50;

/** The first uncompressed entry of a zip file with such a name, found through the central directory at its end. */
function storedEntry(bytes: Buffer, name: RegExp): Uint8Array | undefined {
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0 || end + 22 > bytes.length) return undefined;
  let entry = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0 && entry + 46 <= end; left--) {
    const nameLength = bytes.readUInt16LE(entry + 28);
    const header = bytes.readUInt32LE(entry + 42);
    const stored = bytes.readUInt16LE(entry + 10) === 0;
    const named = bytes.toString('utf8', entry + 46, entry + 46 + nameLength);
    if (stored && name.test(named) && header + 30 <= end && bytes.readUInt32LE(header) === LOCAL_HEADER) {
      const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
      return bytes.subarray(start, start + bytes.readUInt32LE(entry + 20));
    }
    entry += 46 + nameLength + bytes.readUInt16LE(entry + 30) + bytes.readUInt16LE(entry + 32);
  }
  return undefined;
}
