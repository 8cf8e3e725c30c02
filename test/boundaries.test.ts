import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './support/cli.ts';

test('what is parsed is checked, and never believed to be of a type', () => {
  const sources = ['src', 'launchers'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  const believed = /(?:JSON\.parse|parsePythonJson)\([^;]*?\)\)?\s+as\s+(?!unknown\b)/;
  expect(sources.filter((file) => believed.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
});
