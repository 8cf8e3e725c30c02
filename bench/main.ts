/**
 * Every benchmark, or those that are named: `npm run bench`, `npm run bench -- schedule check`. Each compares with what a user would
 * run instead, side by side in one run; a file of this folder can also be run alone.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const folder = import.meta.dirname;
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`bench: there is no ${unknown.join(', ')}; there are ${all.join(', ')}\n`);
  process.exitCode = 2;
} else {
  for (const name of asked.length > 0 ? asked : all) {
    process.stdout.write(`\n— ${name}\n`);
    const { exitCode = 1 } = await execa(process.execPath, [join(folder, `${name}.ts`)], {
      stdio: ['ignore', 'inherit', 'inherit'],
      reject: false,
    });
    if (exitCode !== 0) process.exitCode = 1;
  }
}
