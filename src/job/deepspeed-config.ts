import { parseJsonObject } from '../files/json-object.ts';
import { readNamedFile } from '../files/read-file.ts';
import type { StructuredFile } from '../files/structured-file.ts';

/** A DeepSpeed JSON config, with the location of every value. */
export type DeepSpeedConfig = StructuredFile;

/** Reads the config that the command names. */
export function readDeepSpeedConfig(cwd: string, path: string): DeepSpeedConfig {
  const text = readNamedFile(cwd, path, {
    code: 'deepspeed-config-missing',
    what: 'the DeepSpeed config',
    hint: `a relative path starts at the directory in which the command runs`,
  });
  return parseDeepSpeedConfig(text, path);
}

/**
 * Reads a config as Python's json module does: no comments, no trailing commas, and the last of two equal keys wins.
 *
 * @throws RampcheckError with the line and column of what is wrong.
 */
export function parseDeepSpeedConfig(text: string, path: string): DeepSpeedConfig {
  return parseJsonObject(text, path, {
    what: 'the DeepSpeed config',
    notJson: 'deepspeed-config-not-json',
    notObject: 'deepspeed-config-not-object',
    expected: 'DeepSpeed expects { "train_micro_batch_size_per_gpu": "auto", … }',
  });
}
