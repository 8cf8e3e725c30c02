import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readJson, root, scratch } from './support/cli.ts';

/** What `npm install` puts in place: the packed files alone, under node_modules, beside their dependencies. */
const folder = mkdtempSync(join(tmpdir(), 'rampcheck-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const installed = join(folder, 'node_modules', 'rampcheck');
const program = join(installed, 'src', 'cli', 'bin.mjs');
let packed: string[] = [];

beforeAll(async () => {
  const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
  const [pack] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  packed = pack?.files.map(({ path }) => path) ?? [];
  mkdirSync(installed, { recursive: true });
  const unpack = ['--extract', '--strip-components=1', `--directory=${installed}`];
  await execa('tar', [...unpack, `--file=${join(folder, pack?.filename ?? '')}`]);
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'));
}, 60_000);

test('holds what runs, and nothing else', () => {
  const sources = packed.filter((path) => /\.ts$|__pycache__|(^|\/)test\//.test(path));
  expect(sources).toEqual([]);
  const python = (path: string) =>
    readdirSync(path, { recursive: true }).filter((name) => `${name}`.endsWith('.py'));
  expect(python(join(installed, 'dist', 'src', 'node')).sort()).toEqual(
    python(join(root, 'src', 'node')).sort(),
  );
});

test('runs a command as it does from here, Python files and all', async () => {
  const cwd = scratch();
  writeFileSync(join(cwd, 'train.py'), 'print("no step")\n');
  const words = ['launch', '--expect', 'torch:StepLR lr=1e-3 step_size=1 total=9', '--run-dir', 'run'];
  const { exitCode, stdout } = await execa(
    process.execPath,
    [program, ...words, '--', 'python3', 'train.py'],
    {
      cwd,
      reject: false,
      env: { XDG_STATE_HOME: cwd },
    },
  );
  expect(stdout).toContain('the training ended before any optimizer step');
  expect(exitCode).toBe(94);
  expect(readJson(join(cwd, 'run', 'verdict.json'))).toMatchObject({
    outcome: 'unverified',
    nodes: [{ nothing_left: true }],
  });
});

/** The machine's own Node, which the README takes to be older than ours. */
const others = (process.env.PATH ?? '')
  .split(':')
  .map((path) => join(path, 'node'))
  .filter((path) => existsSync(path) && !path.includes('node_modules'))
  .map((path) => realpathSync(path));

test.skipIf(others.length === 0)('a Node that is too old is told so', async () => {
  for (const node of new Set(others)) {
    const { stdout: version } = await execa(node, ['--version']);
    const { exitCode, stdout, stderr } = await execa(node, [program, '--version'], { reject: false });
    if (Number.parseInt(version.slice(1), 10) >= 24) expect(stdout).toBe('0.1.0');
    else {
      expect(stderr).toContain(`it needs Node 24 or later; ${node} is ${version} [node-too-old]`);
      expect(exitCode).toBe(2);
    }
  }
});
