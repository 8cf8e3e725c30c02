import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { root } from './support/cli.ts';

/** A rank that leaves a process group without waiting may die while Python ends (docs/decisions/0016-died-at-exit.md). */
test('every script that ends its process group meets the other ranks first', async () => {
  const { stdout } = await execa('git', ['ls-files', 'scripts/*.py', 'test/*.py', 'bench/*.py'], {
    cwd: root,
  });
  // Those run inside pytest, which goes on afterwards.
  const scripts = stdout.split('\n').filter((path) => !path.startsWith('test/node/'));
  const last = /^( *)(?:torch\.distributed\.destroy_process_group|accelerator\.end_training)\(\)$/gm;
  const first = /(?:torch\.distributed\.barrier|accelerator\.wait_for_everyone)\(\)\n$/;
  const ends = scripts.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return [...text.matchAll(last)].map(({ index }) => ({ path, waits: first.test(text.slice(0, index)) }));
  });
  expect(ends.length).toBeGreaterThan(60);
  expect(ends.filter(({ waits }) => !waits)).toEqual([]);
});
