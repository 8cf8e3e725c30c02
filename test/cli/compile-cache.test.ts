import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ownCacheFolder } from '../../src/cli/compile-cache.mjs';
import { root, scratch } from '../support/cli.ts';

/** Compiled modules are run as they are: they are read only from a folder that nobody else could have written to. */
const NOBODY = 65_534;

test('a folder of compiled modules in the temporary folder is neither read nor written', async () => {
  const [tmp, cache] = [scratch(), scratch()];
  const planted = join(tmp, 'node-compile-cache');
  mkdirSync(planted, { mode: 0o777 });
  const env = { TMPDIR: tmp, XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: undefined };
  for (const program of ['src/cli/main.ts', 'src/cli/bin.mjs']) {
    const { stdout } = await execa(process.execPath, [join(root, program), '--version'], { env });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
  }
  expect(readdirSync(planted)).toEqual([]);
  expect(readdirSync(join(cache, 'rampcheck', 'compiled')).length).toBeGreaterThan(0);
});

test('the folder is made for this user alone', () => {
  const home = scratch();
  expect(ownCacheFolder({ HOME: home })).toBe(join(home, '.cache', 'rampcheck', 'compiled'));
  expect(ownCacheFolder({ HOME: home, XDG_CACHE_HOME: join(home, 'x') })).toBe(
    join(home, 'x', 'rampcheck', 'compiled'),
  );
});

const made = (home: string) => {
  const folder = join(home, '.cache', 'rampcheck', 'compiled');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
};
test.each<[string, (home: string) => void]>([
  ['others can write to it', (home) => chmodSync(made(home), 0o777)],
  ['its group can write to it', (home) => chmodSync(made(home), 0o770)],
  ['others can write to the folder above', (home) => chmodSync(join(made(home), '..'), 0o777)],
  ['others can rename the folder above', (home) => chmodSync(join(made(home), '..', '..'), 0o777)],
  [
    'it is a link to another place',
    (home) => {
      mkdirSync(join(home, '.cache', 'rampcheck'), { recursive: true, mode: 0o700 });
      mkdirSync(join(home, 'elsewhere'));
      symlinkSync(join(home, 'elsewhere'), join(home, '.cache', 'rampcheck', 'compiled'));
    },
  ],
  ['there is no home', (home) => symlinkSync('/dev/null', join(home, '.cache'))],
])('there is no cache where %s', (_, prepare) => {
  const home = scratch();
  prepare(home);
  expect(ownCacheFolder({ HOME: home })).toBeUndefined();
});

test.skipIf(process.getuid?.() !== 0)(
  'there is no cache in what another user has made, and the command runs',
  async () => {
    for (const depth of [0, 1, 2]) {
      const home = scratch();
      const folder = made(home);
      chownSync(join(folder, ...Array<string>(depth).fill('..')), NOBODY, NOBODY);
      expect(ownCacheFolder({ HOME: home }), `${depth} above`).toBeUndefined();
      const env = { HOME: home, XDG_CACHE_HOME: undefined, NODE_COMPILE_CACHE: undefined };
      await execa(process.execPath, [join(root, 'src/cli/main.ts'), '--version'], { env });
      expect(readdirSync(folder)).toEqual([]);
      expect(existsSync(folder)).toBe(true);
    }
  },
);
