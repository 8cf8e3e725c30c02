import { parseJsonObject } from '../files/json-object.ts';
import { readNamedFile } from '../files/read-file.ts';
import { lineAt, type StructuredFile } from '../files/structured-file.ts';
import { parseYamlObject, type YamlRole } from '../files/yaml-object.ts';
import type { Setting } from './setting.ts';

/**
 * A file of arguments: what HfArgumentParser, LLaMA-Factory and axolotl take in place of options.
 *
 * @throws RampcheckError where it is missing or cannot be read.
 */
export function readArgumentsFile(cwd: string, path: string, scalar?: YamlRole['scalar']): StructuredFile {
  const text = readNamedFile(cwd, path, { code: 'arguments-file-missing', what: 'the file of arguments' });
  if (path.endsWith('.json')) {
    return parseJsonObject(text, path, {
      what: 'the file of arguments',
      notJson: 'arguments-file-bad',
      notObject: 'arguments-file-bad',
      expected: 'it holds { "learning_rate": 1e-5, … }',
    });
  }
  return parseYamlObject(text, path, {
    what: 'the file of arguments',
    code: 'arguments-file-bad',
    ...(scalar ? { scalar } : {}),
  });
}

/** Its entries as settings, under other names where `rename` says so. */
export function settingsOfFile(
  file: StructuredFile,
  rename: Readonly<Record<string, string>> = {},
): Setting[] {
  return Object.entries(file.value).map(([key, value]) => {
    const location = file.locate([key]);
    const name = Object.hasOwn(rename, key) ? (rename[key] ?? key) : key;
    return {
      name,
      value,
      text: `${key}: ${file.source([key])?.split('\n')[0]?.trim() ?? ''}`.trim(),
      source: file.path.endsWith('.json') ? 'json' : 'yaml',
      ...(location ? { location, line: lineAt(file, location) } : {}),
    };
  });
}
