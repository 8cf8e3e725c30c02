import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { docs, pages } from '../scripts/pages/content.ts';
import { commands } from '../src/cli/commands.ts';

const generated = Object.entries(pages());

test.each(generated)('docs/%s is what the code says: npm run pages writes it', (file, text) => {
  expect(readFileSync(join(docs, file), 'utf8')).toBe(text);
});

test('every option of every command stands on a page', () => {
  const all = generated.map(([, text]) => text).join('\n');
  const without = commands.filter(({ name, options }) => {
    const place = name === 'submit' ? 'options of submit --to' : `options of ${name}:`;
    return Object.keys(options).length > 0 && !all.includes(place);
  });
  expect(without.map(({ name }) => name)).toEqual([]);
});
