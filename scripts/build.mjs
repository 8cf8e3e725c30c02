#!/usr/bin/env node
// What is installed from a package: dist/, plain JavaScript, because Node does not read TypeScript under node_modules. npm runs this
// before it packs, for an installation from a repository too; plain JavaScript without dependencies, as setup.mjs is.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...names) => join(root, ...names);

rmSync(at('dist'), { recursive: true, force: true });
const { status } = spawnSync(at('node_modules', '.bin', 'tsc'), ['-p', at('tsconfig.build.json')], {
  // The output of `npm pack --json` is for its caller.
  stdio: ['ignore', 2, 2],
});
if (status !== 0) process.exit(status ?? 1);
cpSync(at('package.json'), at('dist', 'package.json'));
cpSync(at('src', 'cli', 'compile-cache.mjs'), at('dist', 'src', 'cli', 'compile-cache.mjs'));
// What nodes and ranks run is Python, and is read from beside the code.
cpSync(at('src', 'node'), at('dist', 'src', 'node'), {
  recursive: true,
  filter: (path) => !path.includes('__pycache__'),
});
