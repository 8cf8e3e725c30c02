import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { RampcheckError } from '../errors.ts';
import { readArgumentsFile, settingsOfFile } from './arguments-file.ts';
import type { Script } from './job.ts';
import { type Setting, settingsOfArgv, type Unread } from './setting.ts';

/** The arguments of a script, as far as they can be read. */
export interface Given {
  settings: Setting[];
  unread: Unread[];
}

const MOST_SCRIPT_BYTES = 2_000_000;

/** The text of the script; undefined for a module, a program, or a file that cannot be read as text. */
export function readScriptText(cwd: string, { kind, target }: Script): string | undefined {
  if (kind !== 'file') return undefined;
  try {
    const file = resolve(cwd, target);
    return statSync(file).size > MOST_SCRIPT_BYTES ? undefined : readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * The arguments of a script that reads them like HfArgumentParser: options; a single JSON or YAML file instead of options; a file
 * `train.args` next to train.py; TRL's `--config file.yaml`, whose values the options override.
 */
export function scriptSettings(script: Script, cwd: string, scriptText: string | undefined): Given {
  const { args } = script;
  const unread: Unread[] = [];
  const [only = ''] = args;
  if (args.length === 1 && !only.startsWith('-') && /\.(json|ya?ml)$/.test(only)) {
    if (existsSync(resolve(cwd, only))) return readFile(cwd, only);
    return { settings: [], unread: [{ what: only, why: 'the file does not exist' }] };
  }
  const settings = settingsOfArgv([...argsFile(script, cwd, scriptText), ...args]);
  const config = settings.findLast(({ name }) => name === 'config');
  if (typeof config?.value === 'string' && /\.ya?ml$/.test(config.value)) {
    if (usesTrl(script, scriptText)) {
      const file = readFile(cwd, config.value);
      return { settings: [...file.settings, ...settings], unread: file.unread };
    }
    unread.push({ what: config.text, why: 'rampcheck does not know which values the script reads from it' });
  }
  return { settings, unread };
}

function readFile(cwd: string, path: string): Given {
  try {
    return { settings: settingsOfFile(readArgumentsFile(cwd, path)), unread: [] };
  } catch (error) {
    if (!(error instanceof RampcheckError) || error.code === 'arguments-file-missing') throw error;
    return { settings: [], unread: [{ what: path, why: error.message }] };
  }
}

function usesTrl({ kind, target }: Script, text: string | undefined): boolean {
  return (kind === 'module' && /^trl\b/.test(target)) || /\bTrlParser\b/.test(text ?? '');
}

/** transformers/hf_argparser.py, parse_args_into_dataclasses(look_for_args_file=True): its arguments come before the command's own options. */
function argsFile({ kind, target }: Script, cwd: string, text: string | undefined): string[] {
  if (kind !== 'file' || !/\bHfArgumentParser\b/.test(text ?? '')) return [];
  try {
    return readFileSync(resolve(cwd, target.replace(/\.\w+$/, '.args')), 'utf8')
      .split(/\s+/)
      .filter(Boolean);
  } catch {
    return [];
  }
}
