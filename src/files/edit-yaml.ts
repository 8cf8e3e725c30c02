import { parseYamlObject } from './yaml-object.ts';

/** A YAML text with one plain or quoted value replaced; every other byte stays. If there is no such value, nothing changes. */
export function editYamlScalar(text: string, path: readonly string[], value: unknown): string {
  const file = parseYamlObject(text, 'file', { what: 'the file', code: 'arguments-file-bad' });
  const [place, source] = [file.locate(path), file.source(path)];
  if (!place?.line || !place.column || source === undefined || source.includes('\n')) return text;
  const lines = text.split('\n').slice(0, place.line - 1);
  const offset = lines.reduce((sum, line) => sum + line.length + 1, 0) + place.column - 1;
  return text.slice(0, offset) + yamlNumber(value) + text.slice(offset + source.length);
}

/** A number in a form that PyYAML reads as a number: with a decimal point before an exponent. */
function yamlNumber(value: unknown): string {
  const text = String(value);
  return /^-?\d+e/.test(text) ? text.replace('e', '.0e') : text;
}
