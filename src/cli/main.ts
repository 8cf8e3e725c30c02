#!/usr/bin/env node
import { enableOwnCompileCache } from './compile-cache.mjs';

// Half of a short command's time is spent on reading its own source, so the compiled code is cached.
enableOwnCompileCache();
const { run } = await import('./run.ts');
const { version } = await import('../version.ts');
const { exitCodeWithout, guardStreams } = await import('./standard-streams.ts');

const output = guardStreams(process);
const interactive = process.stdout.isTTY === true;
const exitCode = await run(process.argv.slice(2), version, {
  cwd: process.cwd(),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  interactive,
  color: interactive && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
  columns: process.stdout.columns || Number(process.env.COLUMNS) || 80,
});
// A full disk shows only after the last byte was written.
await new Promise((resolve) => process.stdout.write('', resolve));
const lost = output.lost();
if (lost) {
  process.stderr.write(`rampcheck: the output is incomplete: ${lost.message} [output-lost]\n`);
}
process.exitCode = lost ? exitCodeWithout(process.argv[2], exitCode) : exitCode;
