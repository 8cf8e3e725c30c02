import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { makePlan } from '../../src/plan/plan.ts';
import { readJob } from '../../src/read/read-job.ts';
import { meeting } from '../../src/submit/bundle.ts';
import type { Manifest } from '../../src/submit/kubernetes/manifest.ts';
import { manifests, toYaml } from '../../src/submit/kubernetes/manifests.ts';
import { kubernetesOptions } from '../../src/submit/kubernetes/options.ts';
import { assertFits, assertPossible, jobName } from '../../src/submit/kubernetes/prepare.ts';
import { readRequest } from '../../src/submit/kubernetes/request.ts';
import { batchOptions } from '../../src/submit/options.ts';
import { fixtures } from '../support/cli.ts';
import { defaultsOf } from '../support/options.ts';
import { modelled } from './kubernetes-models.ts';

const seed = join(fixtures, 'seed');
const words = '--learning_rate 1e-5 --lr_scheduler_type cosine --max_steps 100'.split(' ');
const kinds = ['jobset', 'trainjob', 'pytorchjob'] as const;

function requestOf(options: Record<string, unknown>) {
  return readRequest({ ...defaultsOf(batchOptions), ...defaultsOf(kubernetesOptions), ...options });
}

/** Every option at once. */
const everything = {
  image: 'registry.example/train@sha256:0123',
  namespace: 'ml',
  queue: 'h100',
  rdma: ['rdma/ib=8'],
  shm: '64Gi',
  resource: ['memory=1500Gi', 'cpu=96'],
  nodeSelector: ['node.kubernetes.io/instance-type=p5.48xlarge'],
  toleration: ['nvidia.com/gpu:NoSchedule', 'dedicated=training'],
  volume: ['data:/data:ro', 'checkpoints:/out'],
  secretEnv: ['HF_TOKEN=hugging-face/token'],
  secretEnvFrom: ['wandb'],
  workdir: '/workspace',
  podRunDir: '/out/run',
  imagePullSecret: 'registry',
  serviceAccount: 'trainer',
  priorityClass: 'high',
  hostNetwork: true,
};

function job(argv: readonly string[] = ['--num_gpus', '8', 'finetune.py', ...words], nodes = 8) {
  const options = { queue: 'kubernetes', nodes };
  return readJob({ argv: ['deepspeed', ...argv], cwd: seed, env: {}, options });
}

function objects(options: Record<string, unknown>, nodes = 8): Manifest[] {
  const plan = makePlan(job(undefined, nodes), { meeting });
  const submission = { name: 'finetune-1', bundle: Buffer.from('a bundle'), token: 'of this run' };
  return manifests(plan, requestOf({ image: 'train:1', ...options }), submission);
}

test('every object goes through the published models, and comes back with nothing dropped', async () => {
  const documents = kinds.flatMap((kind) => [
    ...objects({ kind }),
    ...objects({ kind, ...everything }),
    ...objects({ kind }, 1),
    ...(kind === 'pytorchjob' ? [] : objects({ kind, maxRestarts: 3 })),
  ]);
  expect(documents.map(({ kind }) => kind)).toContain('PyTorchJob');
  expect(await modelled(documents)).toEqual([]);
});

test('the models refuse what does not exist, so that their silence means something', async () => {
  const broken = kinds.map((kind) => {
    const last = objects({ kind }).at(-1) ?? {};
    return { ...last, spec: { ...(last as { spec: object }).spec, rampcheckInvention: 1 } };
  });
  const set = JSON.stringify(objects({ kind: 'jobset' }).at(-1));
  const wrongType = JSON.parse(set.replace('"backoffLimit":0', '"backoffLimit":"none"')) as object;
  expect(await modelled([...broken, wrongType])).toEqual([
    'JobSet.spec.rampcheckInvention is dropped',
    'TrainJob.spec.rampcheckInvention is dropped',
    'PyTorchJob.spec.rampcheckInvention is dropped',
    expect.stringContaining('backoffLimit'),
  ]);
});

test('what is printed is what is sent: YAML with the same content', () => {
  const documents = objects({ kind: 'jobset', ...everything });
  const read = parseAllDocuments(toYaml(documents)).map((document) => document.toJS() as unknown);
  expect(read).toEqual(documents);
});

test.each(['jobset', 'trainjob'])('%s: 93 fails the job, and a failed job is not started again', (kind) => {
  const text = JSON.stringify(objects({ kind, maxRestarts: 3 }));
  expect(text).toContain(
    '"podFailurePolicy":{"rules":[{"action":"FailJob","onExitCodes":{"containerName":"node","operator":"In","values":[93]}}]}',
  );
  expect(text).toContain(
    '"failurePolicy":{"maxRestarts":3,"rules":[{"name":"violation","action":"FailJobSet","onJobFailureReasons":["PodFailurePolicy"]}]}',
  );
  expect(text).toContain('"restartPolicy":"Never"');
  expect(text).toContain('"backoffLimit":0');
});

test('the token is in the Secret alone, and no pod carries a value of a secret', () => {
  for (const kind of kinds) {
    const documents = objects({ kind, ...everything });
    const others = documents.filter((document) => document.kind !== 'Secret');
    expect(JSON.stringify(others)).not.toContain('of this run');
    expect(JSON.stringify(others)).toContain(
      '{"name":"HF_TOKEN","valueFrom":{"secretKeyRef":{"name":"hugging-face","key":"token"}}}',
    );
  }
});

test('a TrainingRuntime has no torch policy, whose PET_ variables would change the command', () => {
  const [, , runtime, train] = objects({ kind: 'trainjob' });
  expect(runtime).toMatchObject({ kind: 'TrainingRuntime', spec: { mlPolicy: { numNodes: 8 } } });
  expect(train).toMatchObject({ spec: { runtimeRef: { name: 'finetune-1' }, trainer: { numNodes: 8 } } });
  expect(JSON.stringify(runtime)).not.toContain('torch');
});

test('Kueue finds the queue on the object that it admits, and on no other', () => {
  for (const kind of kinds) {
    const queued = objects({ kind, queue: 'h100' }).filter(
      ({ metadata }) => metadata.labels['kueue.x-k8s.io/queue-name'] === 'h100',
    );
    expect(queued.map((document) => document.kind.toLowerCase())).toEqual([kind]);
  }
});

describe('names', () => {
  const name = (options: Record<string, unknown>, script = 'finetune.py') =>
    jobName(
      { ...job(), command: { ...job().command, script: { kind: 'file', target: script, args: [] } } },
      requestOf({ image: 'i', ...options }),
      'abc123',
    );

  test.each([
    ['finetune.py', 'finetune-abc123'],
    ['src/Fine_Tune v2.py', 'fine-tune-v2-abc123'],
    ['7b/2_train.py', 'train-abc123'],
    ['übung.py', 'bung-abc123'],
    ['__.py', 'run-abc123'],
    [`${'long-'.repeat(20)}name.py`, 'long-long-long-long-long-long-long-long-l-abc123'],
  ])('of the script %s: %s', (script, made) => {
    expect(name({}, script)).toBe(made);
  });

  test.each([
    ['Qwen_72B', "use 'qwen-72b'"],
    ['72b', "use 'b'"],
    ['-a', "use 'a'"],
    ['a.b', "use 'a-b'"],
    ['a-', "use 'a'"],
  ])('%s is refused with the rule of RFC 1035', (given, hint) => {
    expect(() => name({ jobName: given })).toThrow(
      expect.objectContaining({
        code: 'kubernetes-name',
        message: expect.stringContaining('RFC 1035'),
        hint,
      }),
    );
  });

  test('leave room for what the controllers append: a pod is called NAME-node-0-7-abcde', () => {
    const longest = 'a'.repeat(48);
    expect(name({ jobName: longest })).toBe(longest);
    expect(`${longest}-node-0-7-abcde`).toHaveLength(63);
    expect(() => name({ jobName: `${longest}a` })).toThrow(/49 characters.*at most 48/);
    expect(name({ jobName: 'a'.repeat(54), kind: 'pytorchjob' })).toHaveLength(54);
    expect(() => name({ jobName: 'a'.repeat(55), kind: 'pytorchjob' })).toThrow(/at most 54/);
  });
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ['kubernetes-image', { image: undefined }, /image is missing/],
  ['kubernetes-image', { image: 'a b' }, /is not an image name/],
  ['kubernetes-image', { image: '--privileged' }, /is not an image name/],
  ['kubernetes-name', { namespace: 'My.Team' }, /--namespace 'My\.Team'.*RFC 1123/],
  ['kubernetes-name', { queue: 'H100' }, /--queue/],
  ['kubernetes-name', { secretEnvFrom: ['a/b'] }, /--secret-env-from/],
  ['kubernetes-name', { shm: '64 GB' }, /--shm '64 GB'/],
  ['kubernetes-name', { rdma: ['rdma/ib=all'] }, /--rdma 'all'/],
  ['kubernetes-name', { nodeSelector: ['a=b c'] }, /--node-selector/],
  ['kubernetes-name', { secretEnv: ['2X=a/b'] }, /--secret-env '2X'/],
  ['bad-option', { volume: ['data'] }, /--volume needs CLAIM:\/path/],
  ['bad-option', { volume: ['data:relative'] }, /absolute path/],
  ['bad-option', { workdir: 'work' }, /--workdir needs an absolute path/],
  ['bad-option', { toleration: ['a:Sometimes'] }, /--toleration/],
  ['kubernetes-run-dir', { podRunDir: '/out/run' }, /is not on a volume/],
  ['kubernetes-run-dir', { podRunDir: '/output', volume: ['a:/out'] }, /is not on a volume/],
])('%s: %j is refused', (code, options, message) => {
  expect(() => requestOf({ image: 'train:1', ...options })).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

test('a secret where its reference belongs is not repeated in the message', () => {
  expect(() => requestOf({ image: 'i', secretEnv: ['HF_TOKEN=hf_abcdefghijkl'] })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hf_abc') }),
  );
});

test.each<[string, () => unknown, Record<string, unknown>, RegExp]>([
  ['gpus-differ', () => job(), { gpusPerNode: 4 }, /--gpus-per-node 4 does not match 8 ranks per node/],
  [
    'kubernetes-restarts',
    () => job(),
    { kind: 'pytorchjob', maxRestarts: 1 },
    /cannot rejoin the other ranks' process group/,
  ],
  [
    'secret-inline',
    () => job(['--num_gpus', '8', 'finetune.py', ...words, '--hub_token', 'very-secret-word']),
    {},
    /^--hub_token contains a secret/,
  ],
  [
    'secret-inline',
    () => ({ ...job(), env: { WANDB_API_KEY: 'very-secret-word' } }),
    {},
    /^WANDB_API_KEY contains a secret/,
  ],
  [
    'kubernetes-uneven',
    () => ({
      ...job(),
      nodes: [
        { name: 'node-1', slots: [0, 1] },
        { name: 'node-2', slots: [0] },
      ],
    }),
    {},
    /2 ranks and another 1/,
  ],
])('%s is refused before anything is sent', (code, make, options, message) => {
  const request = requestOf({ image: 'train:1', ...options });
  expect(() => assertPossible(make() as ReturnType<typeof job>, request)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

test('a bundle that a ConfigMap does not take is refused', () => {
  expect(() => assertFits(Buffer.alloc(786_432))).not.toThrow();
  expect(() => assertFits(Buffer.alloc(786_433))).toThrow(/a ConfigMap can hold only 1,048,576/);
});
