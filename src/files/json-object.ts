import { type Node as JsonNode, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { type Location, RampcheckError } from '../errors.ts';
import { lineAt, type StructuredFile } from './structured-file.ts';

/** How errors describe a JSON file to the user. */
export interface JsonRole {
  /** "the DeepSpeed config". */
  what: string;
  /** Codes of the two errors. */
  notJson: string;
  notObject: string;
  /** What is expected in it. */
  expected: string;
}

/**
 * Reads an object as Python's json module does: no comments, no trailing commas, and the last of two equal keys wins.
 *
 * @throws RampcheckError with the line and column of what is wrong.
 */
export function parseJsonObject(text: string, path: string, role: JsonRole): StructuredFile {
  const deep = tooDeepAt(text);
  if (deep !== undefined) {
    throw new RampcheckError(role.notJson, `${role.what} is nested more than ${DEEPEST} levels deep`, {
      location: locationAt(text, path, deep),
    });
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  if (first || !tree) {
    const offset = first?.offset ?? 0;
    throw new RampcheckError(
      role.notJson,
      `${role.what} is not JSON: ${first ? reason(first, text) : 'the file is empty'}`,
      { location: locationAt(text, path, offset), hint: excerpt(text, offset) },
    );
  }
  if (tree.type !== 'object') {
    throw new RampcheckError(role.notObject, `${role.what} contains ${aOrAn(tree.type)}, not an object`, {
      location: locationAt(text, path, tree.offset),
      hint: role.expected,
    });
  }
  return {
    path,
    text,
    value: pythonValue(tree) as Record<string, unknown>,
    locate(keyPath) {
      const node = find(tree, keyPath);
      return node && locationAt(text, path, node.offset);
    },
    lines(keyPath) {
      const node = find(tree, keyPath);
      if (!node) return undefined;
      const entry = node.parent?.type === 'property' ? node.parent : node;
      const lineOf = (offset: number) => text.slice(0, offset).split('\n').length;
      return { first: lineOf(entry.offset), last: lineOf(node.offset + node.length) };
    },
    source(keyPath) {
      const node = find(tree, keyPath);
      return node && text.slice(node.offset, node.offset + node.length);
    },
    duplicates: duplicatesIn(tree).map((node) => {
      const location = locationAt(text, path, node.offset);
      return { name: String(node.value), location, line: lineAt({ text }, location) };
    }),
  };
}

/** Python's json module gives up at about this depth, too. */
const DEEPEST = 500;

/** Where a text opens more brackets within each other than any config has; undefined where it does not. */
function tooDeepAt(text: string): number | undefined {
  let [depth, quoted] = [0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '[' || character === '{')) depth += 1;
    else if (!quoted && (character === ']' || character === '}')) depth -= 1;
    if (depth > DEEPEST) return at;
  }
  return undefined;
}

/** The nodes of names that repeat an earlier name of the same object. */
function duplicatesIn(node: JsonNode): JsonNode[] {
  const names = new Set<unknown>();
  return (node.children ?? []).flatMap((child) => {
    const name = child.type === 'property' ? child.children?.[0] : undefined;
    const again = name !== undefined && names.has(name.value);
    if (name) names.add(name.value);
    return [...(again && name ? [name] : []), ...duplicatesIn(child)];
  });
}

/** Unlike jsonc-parser's own lookup, the last of two equal keys wins, as in Python. */
function find(node: JsonNode, keyPath: readonly (string | number)[]): JsonNode | undefined {
  const [key, ...rest] = keyPath;
  if (key === undefined) return node;
  const child =
    typeof key === 'number'
      ? node.children?.[key]
      : node.children?.findLast(({ children }) => children?.[0]?.value === key)?.children?.[1];
  return child && find(child, rest);
}

function pythonValue(node: JsonNode): unknown {
  if (node.type === 'array') return (node.children ?? []).map(pythonValue);
  if (node.type !== 'object') return node.value;
  // Entries are defined, not assigned, so that a key named __proto__ stays an ordinary key.
  return Object.fromEntries(
    (node.children ?? []).map(({ children }) => [
      String(children?.[0]?.value),
      children?.[1] ? pythonValue(children[1]) : undefined,
    ]),
  );
}

/** Line and column, both from 1, of an offset in a text. */
export function locationAt(text: string, file: string, offset: number): Location {
  const before = text.slice(0, offset);
  return { file, line: before.split('\n').length, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

const reasons: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is not a JSON value',
  InvalidNumberFormat: 'this is not a JSON number',
  PropertyNameExpected: 'a name in double quotes is expected here',
  ValueExpected: 'a value is expected here',
  ColonExpected: 'a colon is expected here',
  CommaExpected: 'a comma is missing before this',
  CloseBraceExpected: 'a closing } is missing',
  CloseBracketExpected: 'a closing ] is missing',
  EndOfFileExpected: 'the value ended before this',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfString: 'a string is not closed',
  InvalidCharacter: 'this character must be written as an escape',
};

function reason({ error, offset }: ParseError, text: string): string {
  if (text.trim() === '') return 'the file is empty';
  if (/^,\s*[}\]]/.test(text.slice(text.slice(0, offset).trimEnd().length - 1))) {
    return 'JSON does not allow a comma before a closing bracket';
  }
  return reasons[printParseErrorCode(error)] ?? printParseErrorCode(error);
}

/** The line that contains an error, with a caret under the error. */
function excerpt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const line = (text.slice(start).split('\n')[0] ?? '').slice(0, 120);
  if (line.trim() === '') return 'the file ends too early';
  const from = line.length - line.trimStart().length;
  return `${line.trim()}\n  ${' '.repeat(Math.max(0, Math.min(offset - start, line.length) - from))}^`;
}

function aOrAn(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}
