import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './support/cli.ts';

test('every code that a user can reach is in docs/errors.md', () => {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const sources = ['launchers', 'src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && file.name.endsWith('.ts'))
      .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8')),
  );
  const codes = new Set(
    sources.flatMap((text) =>
      [...text.matchAll(/(?:RampcheckError\(\s*|code: )'([a-z]+(?:-[a-z]+)+)'/g)].map(
        ([, code]) => code ?? '',
      ),
    ),
  );
  expect(codes.size).toBeGreaterThan(20);
  expect([...codes].filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});
