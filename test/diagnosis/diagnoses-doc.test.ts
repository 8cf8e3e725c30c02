import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { modes } from '../../src/diagnosis/index.ts';
import { root } from '../support/cli.ts';

test('docs/diagnoses.md has a row for every failure mode, with its title and thread', () => {
  const page = readFileSync(join(root, 'docs', 'diagnoses.md'), 'utf8');
  const missing = modes.filter(
    ({ id, title, thread }) =>
      !page.includes(`| \`${id}\` | ${title} | ${thread ? `[thread](${thread})` : ''} |`),
  );
  expect(missing.map(({ id }) => id)).toEqual([]);
});
