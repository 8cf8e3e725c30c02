import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** Types, both linters, the imports, pytest and vitest; ends with one line: `N passed, N failed`. */
const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'rampcheck-test-'));
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const python = (name: string) => join(root, '.venv', 'bin', name);

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}
const total: Tally = { passed: 0, failed: 0, skipped: 0 };

const checks: [string, string, string[]][] = [
  ['types', bin('tsc'), ['--noEmit']],
  ['lint TypeScript', bin('biome'), ['check', '.']],
  ['imports', bin('depcruise'), ['--config', '.dependency-cruiser.mjs', 'src', 'launchers']],
  ['lint Python', python('ruff'), ['check', '.']],
  ['format Python', python('ruff'), ['format', '--check', '.']],
];
for (const [title, program, args] of checks) {
  const { exitCode, seconds } = await run(title, program, args);
  add({ passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 });
  console.log(`${exitCode === 0 ? '✔' : '✘'} ${title} (${seconds} s)`);
}
const junit = join(scratch, 'pytest.xml');
await counted('pytest', python('python'), ['-m', 'pytest', `--junitxml=${junit}`], () => pytestTally(junit));
const json = join(scratch, 'vitest.json');
await counted(
  'vitest',
  bin('vitest'),
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${json}`],
  () => vitestTally(json),
);
rmSync(scratch, { recursive: true, force: true });

const skipped = total.skipped ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function run(title: string, program: string, args: string[]) {
  console.log(`\n— ${title}`);
  const started = Date.now();
  const { exitCode = 1 } = await execa(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
  });
  return { exitCode, seconds: ((Date.now() - started) / 1000).toFixed(1) };
}

/** A runner that fails without counting any failure (it crashed, it found no test) counts as one. */
async function counted(title: string, program: string, args: string[], tally: () => Tally): Promise<void> {
  const { exitCode } = await run(title, program, args);
  let counts: Tally = { passed: 0, failed: 0, skipped: 0 };
  try {
    counts = tally();
  } catch (error) {
    console.error(`${title} left no readable report: ${(error as Error).message}`);
  }
  if (exitCode !== 0 && counts.failed === 0) counts.failed = 1;
  add(counts);
}

function pytestTally(path: string): Tally {
  const suite = /<testsuite [^>]*>/.exec(readFileSync(path, 'utf8'))?.[0] ?? '';
  const number = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  return { passed: number('tests') - failed - number('skipped'), failed, skipped: number('skipped') };
}

function vitestTally(path: string): Tally {
  const report = JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>;
  return {
    passed: report.numPassedTests ?? 0,
    failed: report.numFailedTests ?? 0,
    skipped: (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0),
  };
}

function add(counts: Tally): void {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}
