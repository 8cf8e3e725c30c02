import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installedVersions } from '../../src/read/installed.ts';
import { root, scratch } from '../support/cli.ts';

test('versions are those beside the launcher’s program', () => {
  expect(installedVersions('.venv/bin/deepspeed', root, undefined)).toMatchObject({
    transformers: '5.23.0',
    deepspeed: '0.19.8',
  });
  expect(installedVersions('torchrun', root, `/nowhere:${join(root, '.venv-tf457', 'bin')}`)).toMatchObject({
    transformers: '4.57.6',
  });
});

test('what is not there is not known', () => {
  const bin = join(scratch(), 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'torchrun'), '');
  expect(installedVersions('torchrun', root, bin)).toEqual({});
  expect(installedVersions('torchrun', root, '/nowhere')).toEqual({});
});
