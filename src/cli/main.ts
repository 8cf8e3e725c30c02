#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { enableOwnCompileCache } from './compile-cache.mjs';

// Half of a short command is reading its own source: compiled once, it is kept.
enableOwnCompileCache();
const { run } = await import('./run.ts');

const { version } = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'),
) as { version: string };

// A reader that closed the pipe (`rampcheck plan … | head`) has seen enough; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const interactive = process.stdout.isTTY === true;
process.exitCode = await run(process.argv.slice(2), version, {
  cwd: process.cwd(),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  interactive,
  color: interactive && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
  columns: process.stdout.columns || Number(process.env.COLUMNS) || 80,
});
