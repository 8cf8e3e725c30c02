import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { completeRun } from '../../src/cli/complete-run.ts';
import { commonOptions } from '../../src/command/command.ts';
import { flagOf } from '../../src/command/option.ts';
import { root, runCli, scratch } from '../support/cli.ts';

const answer = async (...words: string[]) => (await runCli(['complete', '--', ...words])).stdout.split('\n');
/** The same in this process: a line for every word, and an empty one at the end. */
const answered = async (...words: string[]) => {
  const input = { options: {}, given: new Set<string>(), args: [], command: words, ignore: [] };
  return (await completeRun(input as never, commands)).text.split('\n');
};
const names = (lines: readonly string[]) => lines.flatMap((line) => line.split('\t')[0] || []);

test('commands, options, values and rules', async () => {
  expect(names(await answer(''))).toEqual([...commands.map(({ name }) => name), ':4']);
  expect(names(await answer('check', '--f'))).toEqual(['--format', ':4']);
  expect(names(await answer('fix', '--remedy', ''))).toEqual(['trainer', 'deepspeed', ':4']);
  expect(names(await answer('explain', 'deepspeed-log'))).toEqual(['deepspeed-log-warmup', ':4']);
});

const withChoices = commands.flatMap(({ name, options }) =>
  Object.entries({ ...options, ...commonOptions })
    .filter(([, { kind }]) => kind.choices && !kind.path)
    .map(([key, option]) => ({ name, flag: flagOf(key, option), choices: option.kind.choices })),
);

test.each(withChoices)('$name $flag completes to its choices', async ({ name, flag, choices }) => {
  expect(names(await answered(name, flag, ''))).toEqual([...(choices ?? []), ':4']);
});

test('the words that had none before are among them', () => {
  const flags = withChoices.map(({ flag }) => flag);
  for (const flag of ['--to', '--ssh', '--after-release', '--emit', '--on', '--kind', '--requeue-on']) {
    expect(flags).toContain(flag);
  }
});

const withPaths = commands.flatMap(({ name, options }) =>
  Object.entries(options)
    .filter(([, { kind }]) => kind.path)
    .map(([key, option]) => ({ name, flag: flagOf(key, option) })),
);

test.each(withPaths)('$name $flag: files are the shell’s own business', async ({ name, flag }) => {
  expect(await answered(name, flag, '')).toEqual([':0', '']);
});

test('files, and the raw command, are the shell’s own business', async () => {
  expect(await answer('check', '--hostfile', '')).toEqual([':0']);
  expect(await answer('check', '--', 'torchrun', 'tr')).toEqual([':0']);
});

test('a real bash completes with the script', async () => {
  const bin = scratch();
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, 'rampcheck'),
    `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'src/cli/main.ts')}' "$@"\n`,
    { mode: 0o755 },
  );
  const { stdout } = await runCli(['complete', 'bash']);
  writeFileSync(join(bin, 'script'), stdout);
  const ask = `source '${join(bin, 'script')}'
_init_completion() { cur=\${COMP_WORDS[COMP_CWORD]}; words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; }
_get_comp_words_by_ref() { cur=\${COMP_WORDS[COMP_CWORD]}; }
__ltrim_colon_completions() { :; }
COMP_WORDS=(rampcheck che); COMP_CWORD=1; COMP_LINE='rampcheck che'; COMP_POINT=13
function=$(complete -p rampcheck | sed 's/.*-F \\([^ ]*\\).*/\\1/')
$function
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', ask], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  expect(output).toContain('check');
});

test.each(['bash', 'zsh', 'fish'])('%s has a script', async (shell) => {
  const { exitCode, stdout } = await runCli(['complete', shell]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('rampcheck');
  expect(stdout).toContain('complete --');
});

test('another shell is refused', async () => {
  const { exitCode, stderr } = await runCli(['complete', 'tcsh']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('one of bash, zsh, fish');
});

test.each(commands.map(({ name }) => name))('%s --help has examples and fits 80 columns', async (name) => {
  const { exitCode, stdout } = await runCli([name, '--help']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Examples:');
});
