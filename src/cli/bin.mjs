#!/usr/bin/env node
/**
 * What `npx rampcheck` runs: the command, once Node's cache of compiled modules is on. Started directly, main.ts is read before the
 * cache is, and Node loads its TypeScript reader for that one file: 30 ms, a seventh of `rampcheck check`. Plain JavaScript that any
 * Node understands, so that one which is too old can be told so.
 */
import { enableOwnCompileCache } from './compile-cache.mjs';

const needed = 24;

if (Number.parseInt(process.versions.node, 10) < needed) {
  process.stderr.write(
    `rampcheck: it needs Node ${needed} or later; ${process.execPath} is ${process.version} [node-too-old]\n` +
      `  install that (nvm, conda, npm install --global node@${needed}), or for one command:\n` +
      `  npx --package node@${needed} -- rampcheck …\n`,
  );
  process.exitCode = 2;
} else {
  enableOwnCompileCache();
  // Node does not read TypeScript under node_modules: there is what `npm pack` has built.
  const installed = import.meta.url.includes('/node_modules/');
  await import(installed ? '../../dist/src/cli/main.js' : './main.ts');
}
