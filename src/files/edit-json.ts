import { type Node as JsonNode, parseTree } from 'jsonc-parser';

/**
 * A JSON text with one entry set or, with `value: undefined`, removed. Every other byte stays: order of keys, indentation, line
 * breaks. An edit inside an object that does not exist (any more) changes nothing.
 */
export function editJson(text: string, path: readonly string[], value: unknown): string {
  const tree = parseTree(text);
  if (!tree) return text;
  const [name, ...parents] = path.toReversed();
  const parent = find(tree, parents.toReversed());
  if (name === undefined || parent?.type !== 'object') return text;
  const entry = parent.children?.findLast(({ children }) => children?.[0]?.value === name);
  if (value === undefined) return entry ? removeEntry(text, parent, entry) : text;
  const style = styleOf(text);
  const existing = entry?.children?.[1];
  if (existing) {
    return splice(text, existing.offset, end(existing), write(value, style, indentOf(text, existing.offset)));
  }
  return insertEntry(text, parent, name, value, style);
}

function find(node: JsonNode, path: readonly string[]): JsonNode | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return node;
  const child = node.children?.findLast(({ children }) => children?.[0]?.value === key)?.children?.[1];
  return child && find(child, rest);
}

function removeEntry(text: string, parent: JsonNode, entry: JsonNode): string {
  const entries = parent.children ?? [];
  const at = entries.indexOf(entry);
  const [before, after] = [entries[at - 1], entries[at + 1]];
  // The next entry moves to this place and takes over its indentation.
  if (after) return splice(text, entry.offset, after.offset, '');
  if (before) return splice(text, end(before), end(entry), '');
  return splice(text, parent.offset + 1, end(parent) - 1, '');
}

interface Style {
  eol: string;
  indent: string;
}

function insertEntry(text: string, parent: JsonNode, name: string, value: unknown, style: Style): string {
  const last = parent.children?.at(-1);
  const lines = text.slice(parent.offset, end(parent)).includes('\n');
  const inner = last ? indentOf(text, last.offset) : indentOf(text, parent.offset) + style.indent;
  const entry = `${JSON.stringify(name)}: ${write(value, style, inner)}`;
  if (last) return splice(text, end(last), end(last), lines ? `,${style.eol}${inner}${entry}` : `, ${entry}`);
  const filled = lines
    ? `{${style.eol}${inner}${entry}${style.eol}${indentOf(text, parent.offset)}}`
    : `{ ${entry} }`;
  return splice(text, parent.offset, end(parent), filled);
}

/** A value in the file's own indentation. If it fits on one line after its name, it stays on that line. */
function write(value: unknown, { eol, indent }: Style, base: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return JSON.stringify(value, null, indent).split('\n').join(`${eol}${base}`);
}

function styleOf(text: string): Style {
  const [, indent = '  '] = /\n([ \t]+)\S/.exec(text) ?? [];
  return { eol: text.includes('\r\n') ? '\r\n' : '\n', indent };
}

/** The indentation of the line that contains an offset. */
function indentOf(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? '';
}

function end({ offset, length }: JsonNode): number {
  return offset + length;
}

function splice(text: string, from: number, to: number, more: string): string {
  return text.slice(0, from) + more + text.slice(to);
}
