import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Verdict } from '../../src/run/verdict.ts';
import { type Lab, type LabHost, labMissing, labUp } from '../lab/lab.ts';
import { fixtures, readJson, root, runCli, scratch } from '../support/cli.ts';

const batchTraining = join(fixtures, 'batch-training');
const training = [
  join(batchTraining, 'bin', 'torchrun'),
  '--nproc-per-node',
  '2',
  join(batchTraining, 'train.py'),
];

async function emit(form: string, options: readonly string[], words: readonly string[] = []) {
  const result = await runCli(['plan', '--emit', form, ...options, '--', ...training, ...words], {
    cwd: batchTraining,
  });
  return result;
}

describe.skipIf(labMissing() !== undefined)('on eight hosts, where nothing is installed', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await labUp();
  });
  afterAll(() => lab.down());

  /** Runs one shell text per host, and returns what each ended with. */
  function onEveryHost(text: (host: LabHost, rank: number) => string, env: (rank: number) => object) {
    return Promise.all(
      lab.hosts.map((host, rank) => {
        const [program = '', ...args] = [...host.enter, 'sh', '-c', text(host, rank)];
        const home = { PATH: process.env.PATH, HOME: lab.shared };
        return execa(program, args, {
          env: { ...home, ...env(rank) },
          extendEnv: false,
          reject: false,
          all: true,
          cwd: batchTraining,
          stdin: 'ignore',
        });
      }),
    );
  }

  function hostfile(): string {
    const path = join(lab.shared, 'hosts');
    writeFileSync(path, lab.hosts.map(({ name }) => `${name} slots=2\n`).join(''));
    return path;
  }

  /** Unpacked bundles and folders of agents that are still in a host's own /tmp. */
  async function left(): Promise<string> {
    const found = await onEveryHost(
      () => 'ls /tmp | grep rampcheck',
      () => ({}),
    );
    return found.map(({ stdout }) => stdout).join('');
  }

  test('one command per node: released, trained to the end, nothing left behind', async () => {
    const folder = join(lab.shared, 'commands');
    const run = join(lab.shared, 'released');
    const options = ['--hostfile', hostfile(), '--run-dir', run, '--output', folder];
    const written = await emit('commands', options, ['--max_steps', '20']);
    expect(written.exitCode, written.all).toBe(0);
    const files = readdirSync(folder).sort();
    expect(files).toEqual(lab.hosts.map(({ name }, rank) => `node-${rank}-${name}.sh`));
    expect(statSync(join(folder, files[0] ?? '')).mode & 0o077).toBe(0);

    const ends = await onEveryHost(
      (_, rank) => readFileSync(join(folder, files[rank] ?? ''), 'utf8'),
      () => ({}),
    );
    expect(
      ends.map(({ exitCode }) => exitCode),
      ends[0]?.all,
    ).toEqual(lab.hosts.map(() => 0));
    expect(readJson<Verdict>(join(run, 'verdict.json'))).toMatchObject({
      outcome: 'released',
      state: 'finished',
      ranks: { total: 16, agreeing: 16 },
      max_deviation: 0,
    });
    // The ranks meet at an address of the first node's own network.
    expect(ends[0]?.stdout).toContain(`rank 0 of 16 meets at ${lab.hosts[0]?.address}:`);
    expect(await left()).toBe('');
  }, 60_000);

  test('one command per node: a violation ends every rank on every node, with 93', async () => {
    const folder = join(lab.shared, 'wrong-commands');
    const run = join(lab.shared, 'aborted');
    await emit('commands', ['--hostfile', hostfile(), '--run-dir', run, '--output', folder], ['--wrong']);
    const files = readdirSync(folder).sort();
    const ends = await onEveryHost(
      (_, rank) => `. ${join(folder, files[rank] ?? '')}`,
      () => ({}),
    );
    expect(
      ends.map(({ exitCode }) => exitCode),
      ends[0]?.all,
    ).toEqual([93, 0, 0, 0, 0, 0, 0, 0]);
    const verdict = readJson<Verdict>(join(run, 'verdict.json'));
    // The ranks of batch-training do not meet before they judge: how many do so in time differs.
    expect(verdict).toMatchObject({ outcome: 'aborted', ranks: { total: 16 } });
    expect(verdict.nodes.every(({ nothing_left }) => nothing_left)).toBe(true);
    expect(await left()).toBe('');
  }, 60_000);

  test.each([
    ['skypilot', (task: Task) => task.run ?? '', 'SKYPILOT_NODE_RANK', 'SKYPILOT_NODE_IPS'],
    ['dstack', (task: Task) => task.commands?.join(' && ') ?? '', 'DSTACK_NODE_RANK', 'DSTACK_NODES_IPS'],
  ] as const)(
    '%s: its own command, with the variables that it sets on its nodes',
    async (form, command, rankName, addresses) => {
      const emitted = await emit(form, ['--nodes', '8'], ['--max_steps', '20']);
      expect(emitted.exitCode, emitted.all).toBe(0);
      const task = parse(emitted.stdout) as Task;
      const ips = lab.hosts.map(({ address }) => address).join('\n');
      const ends = await onEveryHost(
        () => `${command(task)} && echo the command has ended`,
        (rank) => ({ [rankName]: String(rank), [addresses]: ips }),
      );
      expect(
        ends.map(({ exitCode }) => exitCode),
        ends[0]?.all,
      ).toEqual(lab.hosts.map(() => 0));
      expect(ends[7]?.stdout).toContain('the command has ended');
      const verdict = readJson<Verdict>(join(lab.shared, 'rampcheck-runs', task.name, 'verdict.json'));
      expect(verdict).toMatchObject({ outcome: 'released', ranks: { total: 16, agreeing: 16 } });
      expect(await left()).toBe('');
    },
    60_000,
  );
});

interface Task {
  name: string;
  run?: string;
  commands?: string[];
}

test('SkyPilot and dstack take the task files that are made for them, and refuse others', async () => {
  const options = ['--nodes', '8', '--gpu', 'H200', '--image', 'pytorch/pytorch:2.13.0'];
  const texts = await Promise.all(['skypilot', 'dstack'].map((form) => emit(form, options)));
  const python = join(root, '.venv-clouds', 'bin', 'python');
  const { stdout } = await execa(python, [join(root, 'test/submit/task_files.py')], {
    input: JSON.stringify({ skypilot: texts[0]?.stdout, dstack: texts[1]?.stdout }),
    env: { HOME: scratch(), SKYPILOT_DISABLE_USAGE_COLLECTION: '1' },
  });
  expect(JSON.parse(stdout)).toEqual({
    skypilot: {
      nodes: 8,
      accelerators: { H200: 2 },
      image: 'docker:pytorch/pytorch:2.13.0',
      sameCommand: true,
    },
    dstack: { nodes: 8, gpu: ['H200', 2], image: 'pytorch/pytorch:2.13.0', sameCommand: true },
    refused: ['skypilot', 'dstack'],
  });
}, 60_000);

test('a secret is not written down', async () => {
  const { exitCode, stderr } = await emit('commands', ['--nodes', '2', '--env', 'HF_TOKEN=very-secret-word']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('HF_TOKEN contains a secret');
  expect(stderr).not.toContain('very-secret-word');
});

test('a file that is there is left alone', async () => {
  const folder = scratch();
  const first = await emit('commands', ['--nodes', '2', '--output', folder]);
  expect(first.exitCode).toBe(0);
  const before = readFileSync(join(folder, 'node-0-local-1.sh'), 'utf8');
  const again = await emit('commands', ['--nodes', '2', '--output', folder]);
  expect(again.exitCode).toBe(2);
  expect(again.stderr).toContain('[emit-output]');
  expect(readFileSync(join(folder, 'node-0-local-1.sh'), 'utf8')).toBe(before);
});

test('what check calls a violation is not written down without --no-check', async () => {
  const seed = [
    'deepspeed',
    '--num_gpus',
    '8',
    'finetune.py',
    '--deepspeed',
    'ds_config_zero3.json',
    '--lr_scheduler_type',
    'cosine',
    '--learning_rate',
    '1e-5',
    '--max_steps',
    '100',
  ];
  const options = { cwd: join(fixtures, 'seed') };
  const refused = await runCli(['plan', '--emit', 'skypilot', '--nodes', '8', '--', ...seed], options);
  expect(refused.exitCode).toBe(93);
  expect(refused.stdout).toContain('nothing was written');
  const all = ['plan', '--emit', 'skypilot', '--nodes', '8', '--no-check', '--', ...seed];
  expect((await runCli(all, options)).exitCode).toBe(0);
});
