import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deepspeed } from '../../launchers/deepspeed.ts';
import { torchrun } from '../../launchers/torchrun.ts';
import { type EnvironmentRules, nodeEnvironment } from '../../src/read/environment.ts';
import { scratch } from '../support/cli.ts';

function rules(files: Record<string, string>, more: Partial<EnvironmentRules> = {}): EnvironmentRules {
  const cwd = scratch();
  mkdirSync(join(cwd, 'home'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const base = { launcher: deepspeed, cwd, assigned: {}, given: {}, files: [], local: false };
  return { ...base, ...more, env: { HOME: join(cwd, 'home'), ...more.env } };
}

const told = (from: EnvironmentRules) =>
  nodeEnvironment(from).map(({ name, value, source }) => `${name}=${value} ← ${source}`);

test('what DeepSpeed passes on, and nothing else of this machine', () => {
  const env = {
    NCCL_DEBUG: 'INFO',
    PYTHONPATH: '/src',
    HF_TOKEN: 'x',
    PATH: '/bin',
    LD_LIBRARY_PATH: '/lib',
  };
  expect(told(rules({}, { env }))).toEqual([
    'NCCL_DEBUG=INFO ← deepspeed passes on NCCL…',
    'PYTHONPATH=/src ← deepspeed passes on PYTHON…',
  ]);
  expect(told(rules({}, { env, launcher: torchrun }))).toEqual([]);
  expect(told(rules({}, { env, local: true }))).toEqual([]);
});

test('.deepspeed_env as DeepSpeed reads it: home first, the rest of the line is the value; DS_ENV_FILE names another', () => {
  const files = {
    'home/.deepspeed_env': 'A=1\nB=2\n',
    '.deepspeed_env': '# mine\n\nB=x=y z\n',
    other: 'C=3',
  };
  expect(told(rules(files))).toEqual(['A=1 ← ~/.deepspeed_env:1', 'B=x=y z ← .deepspeed_env:3']);
  expect(told(rules(files, { env: { DS_ENV_FILE: 'other' } }))).toEqual(['C=3 ← other:1']);
  expect(told(rules(files, { launcher: torchrun }))).toEqual([]);
});

test('a later source wins: passed on, file, before the command, --env-file, --env', () => {
  const files = {
    '.deepspeed_env': 'NCCL_DEBUG=a',
    'one.env': '\n# c\nexport NCCL_DEBUG="c d"\n',
    'two.env': 'X=1',
  };
  const from = (more: Partial<EnvironmentRules>) => rules(files, { env: { NCCL_DEBUG: '0' }, ...more });
  expect(told(from({}))).toEqual(['NCCL_DEBUG=a ← .deepspeed_env:1']);
  expect(told(from({ assigned: { NCCL_DEBUG: 'b' } }))).toEqual(['NCCL_DEBUG=b ← before the command']);
  const both = ['one.env', 'two.env'];
  expect(told(from({ assigned: { NCCL_DEBUG: 'b' }, files: both }))).toEqual([
    'NCCL_DEBUG=c d ← --env-file one.env:3',
    'X=1 ← --env-file two.env:1',
  ]);
  expect(told(from({ files: both, given: { NCCL_DEBUG: undefined } }))[0]).toBe('NCCL_DEBUG=0 ← --env');
});

test('values of several lines and quotes', () => {
  const files = { 'a.env': 'KEY="one\ntwo"\nS=\'$HOME\'\nE=\n' };
  expect(nodeEnvironment(rules(files, { files: ['a.env'] })).map(({ value }) => value)).toEqual([
    'one\ntwo',
    '$HOME',
    '',
  ]);
});

test.for<[string, Partial<EnvironmentRules>]>([
  ['env-file-missing', { files: ['no.env'] }],
  ['env-file-line', { files: ['bad.env'] }],
  ['env-not-set', { given: { NOWHERE: undefined } }],
])('refused: %s', ([code, more]) => {
  const from = rules({ 'bad.env': 'A=1\njust words\n' }, more);
  expect(() => nodeEnvironment(from)).toThrow(expect.objectContaining({ code }));
});
