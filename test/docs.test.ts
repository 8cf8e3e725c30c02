import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './support/cli.ts';

/** Every page of the repository: a link that leads nowhere sends a reader away. */
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root });

test.each(pages)('%s links to what is there', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const targets = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, target]) => target ?? '');
  expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
});

test('every page for users is reached from the README', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const own = pages.filter((page) => /^docs\/[^/]+\.md$/.test(page));
  expect(own.length).toBeGreaterThan(5);
  expect(own.filter((page) => !readme.includes(`(${page})`))).toEqual([]);
});

test('every line of docs/security.md names tests that exist', () => {
  const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8');
  const named = [...page.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path ?? '');
  expect(named.length).toBeGreaterThan(12);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
