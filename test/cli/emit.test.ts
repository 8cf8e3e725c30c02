import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { formats } from '../../src/submit/emit/index.ts';
import { runCli, scratch } from '../support/cli.ts';
import { folderWith } from '../support/job.ts';

const torchrun =
  'torchrun --nproc-per-node 2 train.py --learning_rate 1e-5 --lr_scheduler_type cosine --max_steps 40';
const replaced = `deepspeed train.py --deepspeed ds.json --learning_rate 1e-5 --lr_scheduler_type cosine --max_steps 40`;
const files = {
  'train.sh': `set -e\nexport FROM_SCRIPT=1\n${torchrun}\n`,
  'ds.json': JSON.stringify({
    train_micro_batch_size_per_gpu: 8,
    scheduler: { type: 'WarmupLR', params: { warmup_num_steps: 10 } },
  }),
  'more.env': 'FROM_FILE=1\n',
  'ignores.yaml': `command: ${replaced}\nignore:\n- rule: deepspeed-scheduler-replaces\n  reason: it is meant\n`,
  'plain.yaml': `command: ${torchrun}\nhold_steps: 7\n`,
};

/** Words behind `plan`, and what both forms of it end with. */
const cases: [name: string, words: string[], exitCode: number][] = [
  ['a command', ['--', ...torchrun.split(' ')], 0],
  ['a shell script', ['--', 'bash', 'train.sh'], 0],
  ['a shell script with an assignment in front', ['--', 'A=1', 'bash', 'train.sh'], 0],
  ['a shell script that must not be run', ['--no-capture', '--', 'bash', 'train.sh'], 2],
  ['a run file', ['--run-file', 'plain.yaml'], 0],
  ['a finding that the run file excuses', ['--run-file', 'ignores.yaml'], 0],
  [
    'an environment',
    ['--env', 'A=1', '--env-file', 'more.env', '--activate', 'env.sh', '--', ...torchrun.split(' ')],
    0,
  ],
  ['versions', ['--versions', 'transformers=4.57.6', '--samples', '100', '--', ...torchrun.split(' ')], 0],
  ['another executor', ['--on', 'local', '--', ...torchrun.split(' ')], 0],
];

test.each(cases)(
  'plan --emit takes what plan takes: %s',
  async (_, words, exitCode) => {
    const cwd = folderWith(files);
    const run = (...more: string[]) => runCli(['plan', '--nodes', '2', '--json', ...more, ...words], { cwd });
    const forms = formats.map(({ name }) => name);
    const [plain, ...emitted] = await Promise.all([run(), ...forms.map((name) => run('--emit', name))]);
    expect(plain?.exitCode, plain?.all).toBe(exitCode);
    expect(emitted.map((each) => each.exitCode)).toEqual(forms.map(() => exitCode));
    if (exitCode !== 0) return;
    const plan = JSON.parse(plain?.stdout ?? '') as Plan;
    const bundles = await Promise.all(emitted.map(({ stdout }) => bundleIn(stdout)));
    for (const { orders, env } of bundles) {
      expect(orders).toHaveLength(plan.nodes.length);
      expect(env).toMatchObject(plan.nodes[0]?.env ?? {});
      // Addresses and ports are the job's own.
      expect(orders[1]?.argv.slice(-6)).toEqual(plan.nodes[1]?.argv.slice(-6));
    }
  },
  60_000,
);

test('a violation that nothing excuses is refused', async () => {
  const words = ['plan', '--nodes', '2', '--emit', 'commands', '--', ...replaced.split(' ')];
  const { exitCode, stdout } = await runCli(words, { cwd: folderWith(files) });
  expect(exitCode, stdout).toBe(93);
  expect(stdout).toContain('REFUSED nothing was written');
});

interface Bundle {
  orders: { argv: string[] }[];
  env: Record<string, string>;
}

/** The orders inside of the first emitted command. */
async function bundleIn(document: string): Promise<Bundle> {
  const { pieces } = JSON.parse(document) as { pieces: { text: string }[] };
  const [, lines = ''] =
    /<<'RAMPCHECK-BUNDLE'\n([\s\S]*?)\n\s*RAMPCHECK-BUNDLE/.exec(pieces[0]?.text ?? '') ?? [];
  const path = join(scratch(), 'bundle.pyz');
  writeFileSync(path, inflateSync(Buffer.from(lines.replace(/\s/g, ''), 'base64')));
  const read = 'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read("bundle.json").decode())';
  return JSON.parse((await execa('python3', ['-c', read, path])).stdout) as Bundle;
}
