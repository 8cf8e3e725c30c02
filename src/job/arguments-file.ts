import { parseJsonObject } from '../files/json-object.ts';
import { readNamedFile } from '../files/read-file.ts';
import { lineAt, type StructuredFile } from '../files/structured-file.ts';
import { parseYamlObject, type YamlRole } from '../files/yaml-object.ts';
import type { Setting } from './setting.ts';

/**
 * Reads a file of arguments, which HfArgumentParser, LLaMA-Factory and axolotl accept instead of options.
 *
 * @throws RampcheckError if it is missing or cannot be read.
 */
export function readArgumentsFile(cwd: string, path: string, scalar?: YamlRole['scalar']): StructuredFile {
  const text = readNamedFile(cwd, path, { code: 'arguments-file-missing', what: 'the arguments file' });
  if (path.endsWith('.json')) {
    return parseJsonObject(text, path, {
      what: 'the arguments file',
      notJson: 'arguments-file-bad',
      notObject: 'arguments-file-bad',
      expected: 'it should contain { "learning_rate": 1e-5, … }',
    });
  }
  return parseYamlObject(text, path, {
    what: 'the arguments file',
    code: 'arguments-file-bad',
    ...(scalar ? { scalar } : {}),
  });
}

/** Its entries as settings, renamed according to `rename`. */
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
