import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentEvent } from '../../src/contract/agent-messages.ts';
import { archive } from '../../src/contract/archive.ts';
import { environment, files, kinds, words } from '../../src/contract/contract.ts';
import { root } from '../support/cli.ts';

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** Words that are ours alone. Others (`logs`, `inject`, `sock`) mean many things, and the contract's own readers must name it. */
const ours = Object.values(files).filter((name) => /\.(jsonl?|pyz)$/.test(name) && name !== files.contract);
const names = new RegExp(
  [
    ...ours.map((name) => `(?<![\\w.-])${escaped(name)}(?!\\w)`),
    ...Object.values(words)
      .filter((word) => /^\w/.test(word))
      .map((word) => `${escaped(word)}(?![\\w.-])`),
    'RAMPCHECK_[A-Z_]+',
    String.raw`\\u0018|\\x18`,
  ].join('|'),
  'g',
);

/** Without comments: there a name may be written as it is. */
function codeOf(text: string): string {
  const strings = String.raw`'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\`(?:[^\`\\]|\\[^])*\``;
  const comments = String.raw`\/\*[^]*?\*\/|(?<=^|[\s;,{(])\/\/[^\n]*`;
  return text.replace(
    new RegExp(`(${strings})|${comments}`, 'gm'),
    (_, string: string | undefined) => string ?? '',
  );
}

const sources = ['src', 'launchers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?ts$/.test(name))
    .map((name) => join(folder, name)),
);

test('a name that both languages need is written down in contract.json alone', () => {
  const found = sources.flatMap((path) =>
    [...codeOf(readFileSync(join(root, path), 'utf8')).matchAll(names)].map(([name]) => `${path}: ${name}`),
  );
  expect(found).toEqual([]);
});

test('the search finds a name in a string, a template, a key and an escape, and none in a comment', () => {
  const text = [
    "join(path, 'run.json')",
    '`a run holds "verdict.json" // not a comment`',
    'const env = { RAMPCHECK_NODES: 1 };',
    "line.endsWith('\\u0018') // RAMPCHECK_PORT",
    '/* lr.jsonl */ const title = "rampcheck-agent";',
    "const other = 'xrun.json'; const folder = 'rampcheck-agents'; // events.jsonl",
  ].join('\n');
  expect(codeOf(text).match(names)).toEqual([
    'run.json',
    'verdict.json',
    'RAMPCHECK_NODES',
    '\\u0018',
    'rampcheck-agent',
  ]);
});

test('environment variables carry our name', () => {
  expect(Object.values(environment).filter((name) => !/^RAMPCHECK_[A-Z_]+$/.test(name))).toEqual([]);
});

test('every kind of message of an agent is one that is read here', () => {
  const read = agentEvent.options.map(({ shape }) => shape.type.value);
  expect(read.sort()).toEqual([...kinds.agent].sort());
});

test('the archive is the same bytes every time, and holds what Python there reads', () => {
  const bytes = archive();
  expect(archive().equals(bytes)).toBe(true);
  const text = bytes.toString('latin1');
  for (const name of ['__main__.py', 'contract.json', 'rampcheck_node/agent.py', 'inject/sitecustomize.py'])
    expect(text).toContain(name);
  expect(text).not.toContain('boot.py');
});
