import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Verdict } from '../../src/run/verdict.ts';
import type { Manifest } from '../../src/submit/kubernetes/manifest.ts';
import { type Lab, labMissing, labUp } from '../lab/lab.ts';
import { fixtures, readJson, readLines, runCli, scratch, startCli, until } from '../support/cli.ts';
import { type Pod, runPods } from './kubernetes-pods.ts';

const batchTraining = join(fixtures, 'batch-training');
const training = ['bin/torchrun', '--nproc-per-node', '2', 'train.py'];
const options = ['--to', 'kubernetes', '--nodes', '8', '--gpus-per-node', '2', '--image', 'train:1'];

function submit(more: readonly string[], words: readonly string[], env: Record<string, string> = {}) {
  const own = ['submit', ...options, '--workdir', batchTraining, ...more];
  return runCli([...own, '--', ...training, ...words], { cwd: batchTraining, env });
}

async function manifest(
  kind: string,
  words: readonly string[],
  more: readonly string[] = [],
): Promise<Manifest[]> {
  const { exitCode, stdout, all } = await submit(['--kind', kind, '--dry-run', ...more], words);
  expect(exitCode, all).toBe(0);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

function verdictOf(pods: readonly Pod[]): Verdict {
  const line = pods[0]?.stdout.split('\n').findLast((text) => text.startsWith('rampcheck-verdict '));
  expect(line, pods[0]?.all).toBeDefined();
  return JSON.parse(line?.slice('rampcheck-verdict '.length) ?? '') as Verdict;
}

describe.skipIf(labMissing() !== undefined)('what the pods would run, on eight hosts', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await labUp();
  });
  afterAll(() => lab.down());

  test.each(['jobset', 'trainjob', 'pytorchjob'])(
    '%s: a wrong learning rate ends with 93 on the first node, a right one is released and ends with 0',
    async (kind) => {
      const wrong = await runPods(lab, await manifest(kind, ['--wrong']));
      expect(
        wrong.map(({ exitCode }) => exitCode),
        wrong[0]?.all,
      ).toEqual([93, 0, 0, 0, 0, 0, 0, 0]);
      expect(verdictOf(wrong)).toMatchObject({
        outcome: 'aborted',
        exit_code: 93,
        detected: { by: 'projection', step: 0 },
        // The ranks of batch-training do not meet before they judge: how many do so in time differs.
        ranks: { total: 16 },
        nodes: wrong.map(({ host }) => ({ name: host, nothing_left: true })),
      });

      const right = await runPods(lab, await manifest(kind, ['--max_steps', '20']));
      expect(
        right.map(({ exitCode }) => exitCode),
        right[0]?.all,
      ).toEqual(right.map(() => 0));
      expect(verdictOf(right)).toMatchObject({
        outcome: 'released',
        state: 'finished',
        ranks: { total: 16, agreeing: 16 },
        steps_seen: 20,
      });
      expect(right[0]?.stdout).toContain(`rank 0 of 16 meets at ${lab.hosts[0]?.address}:`);
    },
    120_000,
  );

  test('submit follows the first node, explains its verdict, and removes what it made', async () => {
    const named = ['--job-name', 'train-abcdef'];
    const pods = await runPods(lab, await manifest('jobset', ['--wrong'], named));
    const cluster = standInCluster(pods[0]?.stdout ?? '');
    const run = join(scratch(), 'run');
    const result = await submit(['--namespace', 'ml', '--run-dir', run, ...named], ['--wrong'], cluster.env);
    expect(result.exitCode, result.all).toBe(93);
    expect(result.stdout).toContain('the run is held');
    // Cause and fix, found here from what the nodes have said.
    expect(result.stdout).toContain('the peak is wrong: it is 2e-5 instead of');
    expect(result.stdout).toMatch(/rank \d+ on train-abcdef-node-0-\d/);
    expect(result.stdout).not.toContain('rampcheck-verdict');
    expect(result.stdout).not.toContain('rampcheck-event');
    expect(readJson<Verdict>(join(run, 'verdict.json'))).toMatchObject({
      outcome: 'aborted',
      exit_code: 93,
      diagnosis: { id: expect.any(String) as string },
      ranks: { total: 16 },
    });
    expect(readLines(join(run, 'events.jsonl')).length).toBeGreaterThan(16);

    const calls = cluster.calls();
    expect(calls.map(({ args }) => args.slice(0, 3))).toEqual(
      calls.map(() => ['--namespace', 'ml', expect.any(String)]),
    );
    const verbs = calls.map(({ args }) =>
      args
        .slice(2)
        .join(' ')
        .replaceAll(/train-[0-9a-f]{6}/g, 'NAME'),
    );
    expect(verbs.slice(0, 2)).toEqual([
      'create --dry-run=server --output name --filename -',
      'create --output name --filename -',
    ]);
    expect(verbs.slice(2, 4).sort()).toEqual([
      'get jobsets.jobset.x-k8s.io NAME --watch --output jsonpath={range .status.conditions[?(@.status=="True")]}{.type} {end}{"\\n"}',
      'get pods --selector rampcheck/run=NAME,batch.kubernetes.io/job-completion-index=0 --watch --output jsonpath={.metadata.name} {.status.phase}{"\\n"}',
    ]);
    expect(verbs.slice(4)).toEqual([
      'logs --follow --timestamps first-pod',
      'get pod first-pod --output jsonpath={.status.phase}',
      'delete --ignore-not-found --wait=false --filename -',
    ]);
    const [checked, made] = calls;
    expect(made?.input).toBe(checked?.input);
    const removed = parseAllDocuments(calls.at(-1)?.input ?? '').map(
      (document) => (document.toJS() as Manifest).kind,
    );
    expect(removed).toEqual(['JobSet', 'Secret', 'ConfigMap']);
  }, 120_000);
});

test('an object that the cluster refuses leaves nothing behind, on either side', async () => {
  const cluster = standInCluster('');
  const run = join(scratch(), 'run');
  const refused = await submit(['--run-dir', run], [], { ...cluster.env, STANDIN_REFUSES: 'dry-run' });
  expect(refused.exitCode).toBe(90);
  expect(refused.stderr).toContain('[kubernetes-refused]');
  expect(refused.stderr).toContain('no matches for kind "JobSet"');
  expect(cluster.calls()).toHaveLength(1);

  const halfway = standInCluster('');
  const second = await submit(['--run-dir', run], [], { ...halfway.env, STANDIN_REFUSES: 'create' });
  expect(second.exitCode).toBe(90);
  expect(halfway.calls().at(-1)?.args).toEqual([
    'delete',
    '--ignore-not-found',
    '--wait=false',
    'secret/b',
    'configmap/a',
  ]);
  // The folder is free again.
  const third = await submit(['--run-dir', run, '--detach'], [], standInCluster('').env);
  expect(third.exitCode, third.all).toBe(0);
  expect(third.stdout).toContain('rampcheck stop ');
});

test('Ctrl-C stops following and nothing else; status and stop find the run again', async () => {
  const cluster = standInCluster('first line');
  const run = join(scratch(), 'run');
  const waits = { ...cluster.env, STANDIN_WAITS: '1' };
  const own = ['submit', ...options, '--workdir', batchTraining, '--run-dir', run, '--context', 'east'];
  const { child } = startCli([...own, '--', ...training], { cwd: batchTraining, env: waits });
  await until('the first line', () => readText(join(run, 'logs', 'first-pod.log')).includes('first line'));
  child.kill('SIGINT');
  const ended = await child;
  expect(ended.exitCode, ended.all).toBe(130);
  expect(ended.stdout).toContain('the job continues');
  expect(cluster.calls().some(({ args }) => args.includes('delete'))).toBe(false);

  const status = await runCli(['status', run], { env: waits });
  expect(status.stdout, status.all).toContain('Kubernetes job train-');
  const stopped = await runCli(['stop', run], { env: waits });
  expect(stopped.exitCode, stopped.all).toBe(0);
  expect(
    cluster
      .calls()
      .at(-1)
      ?.args.map((word) => word.replace(/train-\w+/, 'NAME')),
  ).toEqual([
    '--context',
    'east',
    'delete',
    'jobsets.jobset.x-k8s.io,configmaps,secrets',
    '--selector',
    'rampcheck/run=NAME',
    '--cascade=foreground',
    '--wait=true',
    '--timeout=120s',
  ]);
  expect(readJson<Verdict>(join(run, 'verdict.json'))).toMatchObject({ message: 'stopped by SIGTERM' });
}, 60_000);

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

test('without kubectl nothing is made, and the way out is named', async () => {
  const run = join(scratch(), 'run');
  const { exitCode, stderr } = await submit(['--run-dir', run], [], { PATH: scratch() });
  expect(exitCode).toBe(90);
  expect(stderr).toContain('[kubectl-missing]');
});

/**
 * A kubectl that only takes its arguments, and says what the first pod has said: whether a real cluster would do the same is not
 * shown by this.
 */
function standInCluster(output: string) {
  const folder = scratch();
  mkdirSync(join(folder, 'bin'));
  const stamp = (index: number) => new Date(1_795_000_000_000 + index).toISOString();
  const lines = output.split('\n').map((line, index) => `${stamp(index)} ${line}`);
  writeFileSync(join(folder, 'output'), `${lines.join('\n')}\n`);
  const program = join(folder, 'bin', 'kubectl');
  writeFileSync(program, readFileSync(join(fixtures, 'batch-training', 'kubectl.py')));
  chmodSync(program, 0o755);
  return {
    env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, STANDIN: folder },
    calls: () => readLines<{ args: string[]; input: string }>(join(folder, 'calls.jsonl')),
  };
}
