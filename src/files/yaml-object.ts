import type { Document, Node as YamlNode } from 'yaml';
import { RampcheckError } from '../errors.ts';
import { locationAt } from './json-object.ts';
import type { StructuredFile } from './structured-file.ts';
import { yaml as library } from './yaml.ts';
import { pythonScalar } from './yaml-scalar.ts';

/** How errors describe a YAML file to the user. */
export interface YamlRole {
  /** "the accelerate config". */
  what: string;
  /** Code of the error. */
  code: string;
  /** How plain scalars are read; like PyYAML unless given. */
  scalar?: (text: string) => unknown;
}

/** A config has a few hundred. */
const MOST_NODES = 200_000;

/**
 * Reads a mapping as Python's PyYAML does, with the location of every value.
 *
 * @throws RampcheckError with the line and column of what is wrong.
 */
export function parseYamlObject(
  text: string,
  path: string,
  { what, code, scalar = pythonScalar }: YamlRole,
): StructuredFile {
  // PyYAML refuses control characters.
  const control = Array.from({ length: text.length }, (_, at) => text[at] ?? '').findIndex(
    (character) => character < ' ' && !'\t\n\r'.includes(character),
  );
  if (control >= 0) {
    throw new RampcheckError(code, `${what} is not YAML: it contains a control character`, {
      location: locationAt(text, path, control),
    });
  }
  const yaml = library();
  // A text of nothing but brackets is nested too deeply for the parser.
  const document = guarded(() =>
    yaml.parseDocument(text, {
      schema: 'failsafe',
      version: '1.1',
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    }),
  );
  const [error] = document.errors;
  if (error) {
    throw new RampcheckError(code, `${what} is not YAML: ${error.message.split('\n')[0]}`, {
      location: locationAt(text, path, error.pos[0]),
      cause: error,
    });
  }
  const root = document.contents as YamlNode | null;
  if (!yaml.isMap(root)) {
    throw new RampcheckError(code, `${what} does not contain a mapping of names to values`, {
      location: { file: path },
      hint: "write it as lines 'name: value'",
    });
  }
  let nodes = 0;
  const find = (keyPath: readonly (string | number)[]) => (keyPath.length ? nodeAt(document, keyPath) : root);
  const rangeOf = (keyPath: readonly (string | number)[]) => find(keyPath)?.range ?? undefined;
  return {
    path,
    text,
    value: guarded(() => readNode(root) as Record<string, unknown>),
    locate(keyPath) {
      const range = rangeOf(keyPath);
      return range && locationAt(text, path, range[0]);
    },
    lines(keyPath) {
      const range = rangeOf(keyPath);
      return (
        range && {
          first: locationAt(text, path, range[0]).line ?? 1,
          last: locationAt(text, path, Math.max(range[0], range[1] - 1)).line ?? 1,
        }
      );
    },
    source(keyPath) {
      const range = rangeOf(keyPath);
      return range && text.slice(range[0], range[1]);
    },
    duplicates: [],
  };

  function readNode(node: unknown, depth = 0): unknown {
    // A few hundred bytes of aliases can stand for more values than there is memory.
    nodes += 1;
    if (nodes > MOST_NODES)
      throw new RampcheckError(
        code,
        `${what} has more than ${MOST_NODES} values once its aliases are resolved`,
        { location: { file: path } },
      );
    if (depth > 64)
      throw new RampcheckError(code, `${what} is nested too deeply`, { location: { file: path } });
    if (yaml.isAlias(node)) return readNode(node.resolve(document), depth + 1);
    if (yaml.isSeq(node)) return node.items.map((item) => readNode(item, depth + 1));
    if (yaml.isMap(node)) {
      const own: [string, unknown][] = [];
      const merged: [string, unknown][] = [];
      for (const { key, value } of node.items) {
        const name = yaml.isScalar(key) ? String(key.value) : String(key);
        const read = readNode(value, depth + 1);
        if (name !== '<<' || (yaml.isScalar(key) && key.type !== 'PLAIN')) own.push([name, read]);
        else
          for (const source of [read].flat())
            for (const entry of Object.entries(source ?? {})) merged.push(entry);
      }
      return Object.fromEntries([...merged, ...own]);
    }
    if (!yaml.isScalar(node)) return null;
    const { value, type } = node;
    if (value === null || value === undefined) return null;
    return type === 'PLAIN' || type === undefined ? scalar(String(value)) : String(value);
  }

  function guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      if (cause instanceof RampcheckError) throw cause;
      throw new RampcheckError(code, `${what} is not YAML: ${(cause as Error).message}`, {
        location: { file: path },
        cause,
      });
    }
  }
}

function nodeAt(document: Document, keyPath: readonly (string | number)[]): YamlNode | undefined {
  const node: unknown = document.getIn(keyPath, true);
  return typeof node === 'object' && node !== null && 'range' in node ? (node as YamlNode) : undefined;
}
