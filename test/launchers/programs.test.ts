import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findLauncher, launchers } from '../../launchers/index.ts';
import { captureCommand } from '../../src/read/capture.ts';
import { folderWith } from '../support/job.ts';

/** Words that make each launcher start a training; those that have none start a script. */
const verbs: Record<string, string[]> = {
  accelerate: ['launch', 'train.py'],
  'llamafactory-cli': ['train', 'train.yaml'],
  lmf: ['train', 'train.yaml'],
  swift: ['sft', '--model', 'm'],
  axolotl: ['train', 'train.yaml'],
};
const programs = launchers.flatMap(({ name, programs: own }) =>
  own.map((program) => ({ name, program, words: verbs[program] ?? ['train.py'] })),
);

test('no two launchers have a program in common', () => {
  const names = programs.map(({ program }) => program);
  expect(new Set(names).size).toBe(names.length);
});

test.each(programs)(
  '$program is read as $name, by itself and in a shell script',
  async ({ name, program, words }) => {
    expect(findLauncher([program, ...words]).name).toBe(name);
    const cwd = folderWith({ 'train.yaml': 'learning_rate: 1.0e-5\n' });
    const script = join(cwd, 'start.sh');
    writeFileSync(script, `set -e\n${program} ${words.join(' ')}\n`);
    chmodSync(script, 0o755);
    const { argv } = await captureCommand(['bash', 'start.sh'], cwd, process.env);
    expect(argv).toEqual([program, ...words]);
  },
);
