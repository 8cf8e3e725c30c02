import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { runFileText } from '../../src/cli/init-run.ts';
import { initOptions, runFileOptions } from '../../src/cli/options.ts';
import { flagOf, keyOf } from '../../src/command/option.ts';
import { runCli, scratch } from '../support/cli.ts';
import { folderWith } from '../support/job.ts';
import { parse } from '../support/options.ts';

/** For every option of a run file: what the file says, and words that say otherwise; the default where there is one. */
const samples: Record<string, { file: string; words: string[] }> = {
  hostfile: { file: 'hosts', words: ['--hostfile', 'others'] },
  nodes: { file: '4', words: ['--nodes', '2'] },
  on: { file: 'ssh', words: ['--on', 'local'] },
  samples: { file: '100', words: ['--samples', '200'] },
  holdSteps: { file: '7', words: ['--hold-steps', 'auto'] },
  capture: { file: 'true', words: ['--no-capture'] },
  versions: { file: '{torch: 2.1.0}', words: ['--versions', 'torch=2.2.0'] },
  env: { file: '{A: 1}', words: ['--env', 'A=2'] },
  envFile: { file: 'a.env', words: ['--env-file', 'b.env'] },
  activate: { file: 'conda:a', words: ['--activate', 'conda:b'] },
  ssh: { file: 'system', words: ['--ssh', 'auto'] },
  sshConfig: { file: 'config', words: ['--ssh-config', 'other'] },
  sync: { file: 'false', words: ['--sync'] },
  expect: { file: 'torch:StepLR', words: ['--expect', 'torch:ConstantLR'] },
  onMismatch: { file: 'warn', words: ['--on-mismatch', 'abort'] },
  afterRelease: { file: 'off', words: ['--after-release', 'warn'] },
  startStep: { file: '3', words: ['--start-step', '0'] },
  reportTimeout: { file: '60', words: ['--report-timeout', '900'] },
  runDir: { file: 'a', words: ['--run-dir', 'b'] },
  projection: { file: 'true', words: ['--no-projection'] },
};

const takers = commands.filter(({ options }) => options.runFile);
const pairs = takers.flatMap((definition) =>
  Object.keys(definition.options)
    .filter((name) => name in runFileOptions)
    .map((name) => ({ command: definition.name, definition, name })),
);

const command = 'command: torchrun train.py\n';

function context(cwd: string) {
  const { stdout, stderr } = process;
  return { cwd, env: {}, stdout, stderr, interactive: false, color: false, columns: 80 };
}

test('every option of a run file has a sample', () => {
  expect(Object.keys(samples).sort()).toEqual(Object.keys(runFileOptions).sort());
  expect(takers.map(({ name }) => name).sort()).toEqual(['check', 'fix', 'launch', 'plan', 'submit']);
});

describe('what stands on the command line wins over the run file, also where it says the default', () => {
  test.each(pairs)('$command: $name', async ({ definition, name }) => {
    const { file, words } = samples[name] as (typeof samples)[string];
    const silent = context(folderWith({ 'rampcheck.yaml': command }));
    const told = context(folderWith({ 'rampcheck.yaml': `${command}${keyOf(name)}: ${file}\n` }));
    const [alone, both, filed] = [
      (await parse(definition, words, silent)).options[name],
      (await parse(definition, words, told)).options[name],
      (await parse(definition, [], told)).options[name],
    ];
    expect(both).toEqual(alone);
    expect(filed).not.toEqual(alone);
    expect(filed).toBeDefined();
  });
});

describe('init writes what its options say, and a run file gives it back', () => {
  const definition = takers.find(({ name }) => name === 'launch') as (typeof takers)[number];
  const own = Object.keys(initOptions).filter((name) => name in runFileOptions);

  test.each(own)('%s', async (name) => {
    const words = name === 'holdSteps' ? ['--hold-steps', '7'] : (samples[name]?.words ?? []);
    const cwd = folderWith({ others: 'localhost slots=1\n', 'b.env': 'B=1\n' });
    const asked = await parse(definition, words, context(cwd), ['torchrun', 'train.py']);
    const given = { [name]: asked.options[name] };
    writeFileSync(join(cwd, 'rampcheck.yaml'), runFileText(['torchrun', 'train.py'], given));
    expect((await parse(definition, [], context(cwd))).options[name]).toEqual(asked.options[name]);
  });
});

test('init refuses a variable without a value: it would be written as the word undefined', async () => {
  const words = ['init', '--env', 'HF_TOKEN', '--', 'torchrun', 'train.py'];
  const { exitCode, stderr } = await runCli(words, { cwd: folderWith(), env: { HF_TOKEN: 'x' } });
  expect(exitCode, stderr).toBe(2);
  expect(stderr).toContain('--env HF_TOKEN has no value');
});

test('a job array takes the command line’s word over its members’, and the members’ over a default', async () => {
  const cwd = folderWith({
    'a.yaml':
      'command: torchrun --nproc-per-node 1 train.py\non_mismatch: warn\nreport_timeout: 60\nhold_steps: 5\n',
  });
  const words = ['--image', 'i', '--on-mismatch', 'abort', '--hold-steps', 'auto', '--dry-run', '--json'];
  const bundle = await bundleOf(['--to', 'kubernetes', '--array', 'a.yaml', ...words], cwd);
  expect(bundle).toMatchObject({
    settings: { on_mismatch: 'abort', hold: 'auto' },
    limits: { report: 60 },
  });
});

test('--report-timeout reaches the job', async () => {
  const cwd = folderWith();
  const words = ['--image', 'i', '--dry-run', '--json', '--report-timeout', '17'];
  const command = ['--', 'torchrun', '--nproc-per-node', '1', 'train.py'];
  const bundle = await bundleOf(['--to', 'kubernetes', ...words, ...command], cwd);
  expect(bundle).toMatchObject({ limits: { report: 17 } });
});

/** What `submit` puts into the pods' bundle. */
async function bundleOf(words: readonly string[], cwd: string): Promise<unknown> {
  const { exitCode, stdout, all } = await runCli(['submit', ...words], { cwd });
  expect(exitCode, all).toBe(0);
  const { objects } = JSON.parse(stdout) as { objects: { binaryData?: Record<string, string> }[] };
  const packed = objects.find(({ binaryData }) => binaryData)?.binaryData?.['rampcheck.pyz'] ?? '';
  const path = join(scratch(), 'bundle.pyz');
  writeFileSync(path, Buffer.from(packed, 'base64'));
  const read = 'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read("bundle.json").decode())';
  return JSON.parse((await execa('python3', ['-c', read, path])).stdout) as unknown;
}

test('every option of every command has a description, a flag of its own, and choices that it takes', () => {
  for (const { name, options } of commands) {
    const flags = Object.entries(options).map(([key, option]) => flagOf(key, option));
    expect(new Set(flags).size, name).toBe(flags.length);
    for (const [key, { description, kind, default: usual }] of Object.entries(options)) {
      expect(description, `${name} ${key}`).toMatch(/\S/);
      for (const word of kind.choices ?? [])
        expect([word, [word]]).toContainEqual(kind.read(word, '', undefined));
      if (usual !== undefined && kind.choices && typeof usual === 'string')
        expect(kind.choices).toContain(usual);
    }
  }
});
