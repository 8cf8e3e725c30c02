import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { root, scratch } from './support/cli.ts';

/** The rules over the import graph (.dependency-cruiser.mjs) on a copy of the sources to which one file each adds what is forbidden. */
const added: [rule: string, file: string, text: string][] = [
  ['no-import-upwards', 'src/submit/slurm/prints.ts', `import '../../cli/options.ts';`],
  ['no-import-upwards', 'src/run/formats.ts', `import { formatVerdict } from '../report/verdict.ts';`],
  ['no-import-upwards', 'src/run/queues.ts', `export const stop = () => import('../submit/batch-run.ts');`],
  ['no-import-upwards', 'src/supervise/queues.ts', `import { stopBatch } from '../submit/batch-run.ts';`],
  ['no-import-upwards', 'src/run-folder/queues.ts', `export { settle } from '../submit/settle.ts';`],
  [
    'no-import-upwards',
    'src/job/launches.ts',
    `import type { Launcher } from '../../launchers/launcher.ts';`,
  ],
  ['no-import-upwards', 'src/executors/reads.ts', `export type { JobInput } from '../read/read-job.ts';`],
  ['no-import-upwards', 'src/executors/ssh/plans.ts', `import type { Plan } from '../../plan/plan.ts';`],
  ['no-import-upwards', 'launchers/checks.ts', `import { rules } from '../src/checks/index.ts';`],
  ['no-import-upwards', 'src/diagnosis/runs.ts', `import { newRun } from '../run/run.ts';`],
  ['no-import-upwards', 'src/rises.ts', `import { curve } from './schedule/index.ts';`],
  ['no-import-upwards', 'src/schedule/beside.ts', `import type { Context } from '../command/command.ts';`],
  [
    'no-rule-by-name',
    'src/plan/asks-a-rule.ts',
    `import { deepspeedSchedulerReplaces } from '../checks/deepspeed-scheduler-replaces.ts';`,
  ],
  ['rules-judge-the-job', 'src/checks/asks.ts', `import { axolotl } from '../../launchers/axolotl.ts';`],
  ['engines-return-data', 'src/submit/shows.ts', `import { formatVerdict } from '../report/verdict.ts';`],
  ['nothing-from-outside', 'src/cli/tests.ts', `import { root } from '../../test/support/cli.ts';`],
  ['every-folder-has-a-floor', 'src/cli/elsewhere.ts', `import { thing } from '../attic/thing.ts';`],
];

test('a circle, also of types alone, and every import upwards is found, and the sources have none', async () => {
  const folder = scratch();
  for (const name of ['src', 'launchers']) cpSync(join(root, name), join(folder, name), { recursive: true });
  expect(await violations(folder)).toEqual([]);

  const put = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${text}\n`);
  };
  put('src/attic/thing.ts', 'export const thing = 1;');
  put('test/support/cli.ts', 'export const root = 1;');
  for (const [, file, text] of added) put(file, text);
  // Two types that need each other, and a value that comes back by way of another file. A circle is told of once.
  put('src/plan/one.ts', `import type { Other } from './other.ts';\nexport type One = Other[];`);
  put('src/plan/other.ts', `import type { One } from './one.ts';\nexport type Other = One | null;`);
  put('src/plan/back.ts', `export * from './planned-curve.ts';`);
  appendFileSync(
    join(folder, 'src', 'plan', 'planned-curve.ts'),
    `\nexport const back = () => import('./back.ts');\n`,
  );
  const found = await violations(folder);
  expect(added.filter(([rule, file]) => !found.some((one) => one.join() === `${rule},${file}`))).toEqual([]);
  expect(found).toContainEqual(['no-circle', 'src/plan/one.ts']);
  expect(found).toContainEqual(['no-circle', 'src/plan/back.ts']);
  // Nothing else is taken for one.
  const files = new Set([
    ...added.map(([, file]) => file),
    ...['one', 'other', 'back', 'planned-curve'].map((name) => `src/plan/${name}.ts`),
  ]);
  expect(found.filter(([, file]) => !files.has(file))).toEqual([]);
});

test('no file of ours is imported in the middle of a type, where the tool does not look', () => {
  const sources = ['src', 'launchers'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  const inType = /import\('\.[^']*'\)\s*\.\s*[A-Z]/;
  expect(sources.filter((file) => inType.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
});

/** Rule and importing file of everything that is forbidden, as the command of `npm run imports` finds it. */
async function violations(cwd: string): Promise<[string, string][]> {
  const program = join(root, 'node_modules', '.bin', 'depcruise');
  const options = ['--config', join(root, '.dependency-cruiser.mjs'), '--output-type', 'json'];
  const { stdout } = await execa(process.execPath, [program, ...options, 'src', 'launchers'], {
    cwd,
    reject: false,
  });
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  return summary.violations.map(({ from, rule }) => [rule.name, from]);
}
