import { expect, test } from 'vitest';
import type { Wanted } from '../../src/doctor/check.ts';
import { checks } from '../../src/doctor/checks/index.ts';
import { type Examined, type NodeReport, nodeReport } from '../../src/doctor/node-report.ts';

/** Every check, on reports of eight nodes of which one is not as the others. */
const GIB = 2 ** 30;
const gpu = (index: number) => ({
  ...{ index, name: 'NVIDIA H100 80GB HBM3', memory: 81_559, used: 4, driver: '580.65.06', ecc: 0 },
  pids: [] as number[],
});
const versions = {
  ...{ python: '3.11.7', torch: '2.13.0', cuda: '12.9', nccl: '2.27.5', deepspeed: '0.19.8' },
  ...{ transformers: '5.23.0', accelerate: '1.15.0' },
};
const healthy: NodeReport = nodeReport.parse({
  time: 0,
  host: 'worker',
  cwd: true,
  files: { 'train.py': 'aa', 'ds.json': 'bb' },
  program: '/opt/venv/bin/deepspeed',
  interpreter: '/opt/venv/bin/python',
  python: { path: '/opt/venv/bin/python', versions },
  gpus: [0, 1, 2, 3, 4, 5, 6, 7].map(gpu),
  xids: [13],
  memory: { total: 2048 * GIB, free: 1900 * GIB },
  shm: { total: 1024 * GIB, free: 1000 * GIB },
  disk: { '/work': { total: 1000 * GIB, free: 500 * GIB } },
  limits: { nofile: 1_048_576, memlock: null, nproc: null },
  master: { error: null },
  route: { address: '10.0.0.1', interface: 'eth0' },
});
const wanted: Wanted = {
  cwd: '/work',
  files: { 'train.py': 'aa', 'ds.json': null },
  program: '/opt/venv/bin/deepspeed',
  python: '/opt/venv/bin/python',
  activate: [],
  needs: ['torch', 'deepspeed'],
  master: { address: '10.0.0.1', port: 29_500, error: null },
  local: false,
};

function cluster(change: Partial<NodeReport> = {}, node: Partial<Examined> = {}): Examined[] {
  return Array.from({ length: 8 }, (_, index) => {
    const base = { name: `worker-${index}`, slots: 8, error: null, skew: { ms: 3, within: 20 } };
    return index === 2
      ? { ...base, report: { ...healthy, ...change }, ...node }
      : { ...base, report: healthy };
  });
}

function problemsOf(nodes: readonly Examined[], want = wanted) {
  return checks.flatMap((check) =>
    (check.run(nodes, want)?.problems ?? []).map((problem) => ({ check: check.id, ...problem })),
  );
}

test('eight healthy nodes: nothing to say, and a summary for each check', () => {
  expect(problemsOf(cluster())).toEqual([]);
  const summaries = checks.map((check) => check.run(cluster(), wanted)?.summary ?? '');
  expect(summaries.every((summary) => summary.length > 5)).toBe(true);
  expect(summaries.join('\n')).toContain('NCCL_SOCKET_IFNAME=eth0');
  expect(summaries.join('\n')).toContain('64 × NVIDIA H100');
});

test('a Python that starts nothing may be missing: the launcher has its own', () => {
  const guess = { ...wanted, program: 'torchrun', python: 'python' };
  expect(problemsOf(cluster({ interpreter: null, python: null }), guess)).toEqual([]);
  const [problem] = problemsOf(cluster({ interpreter: null, python: null }), { ...guess, program: 'python' });
  expect(problem).toMatchObject({ check: 'program', message: 'python does not run' });
});

const gpus = (index: number, change: object) =>
  healthy.gpus?.map((one) => (one.index === index ? { ...one, ...change } : one)) ?? [];
test.for<[string, 'fatal' | 'warning', string, Partial<NodeReport>]>([
  ['directory', 'fatal', '/work does not exist', { cwd: false }],
  ['files', 'fatal', 'train.py does not exist', { files: { ...healthy.files, 'train.py': null } }],
  [
    'files',
    'fatal',
    'train.py differs from the one on this machine',
    { files: { ...healthy.files, 'train.py': 'cc' } },
  ],
  ['program', 'fatal', "/opt/venv/bin/deepspeed is not on the node's PATH", { program: null }],
  ['program', 'fatal', '/opt/venv/bin/python does not run', { python: null }],
  [
    'versions',
    'fatal',
    'torch 2.12.1, but 2.13.0 on 7 other nodes',
    { python: { path: '', versions: { ...versions, torch: '2.12.1' } } },
  ],
  [
    'versions',
    'warning',
    'transformers is missing, but 5.23.0 on 7 other nodes',
    { python: { path: '', versions: { ...versions, transformers: null } } },
  ],
  [
    'versions',
    'warning',
    'driver 570.1, but 580.65.06 on 7 other nodes',
    { gpus: gpus(0, { driver: '570.1' }) },
  ],
  ['gpus', 'fatal', 'nvidia-smi is missing', { gpus: null }],
  ['gpus', 'fatal', 'nvidia-smi does not answer', { gpus: [] }],
  ['gpus', 'fatal', '7 GPUs, but 8 ranks should run there', { gpus: healthy.gpus?.slice(1) ?? null }],
  [
    'gpus',
    'fatal',
    'GPU 3 in use by process 4711 (40000 MiB)',
    { gpus: gpus(3, { used: 40_000, pids: [4711] }) },
  ],
  ['gpus', 'warning', 'A100, but NVIDIA H100 80GB HBM3 on other nodes', { gpus: gpus(3, { name: 'A100' }) }],
  ['gpu-health', 'fatal', 'uncorrected ECC errors: GPU 5 has 2', { gpus: gpus(5, { ecc: 2 }) }],
  ['gpu-health', 'fatal', 'XID 79 since the node was started', { xids: [13, 79, 79] }],
  ['memory', 'warning', '4.0 GiB of memory free for 8 ranks', { memory: { total: 8 * GIB, free: 4 * GIB } }],
  ['memory', 'fatal', '64 MiB free in /dev/shm for 8 ranks', { shm: { total: GIB / 16, free: GIB / 16 } }],
  [
    'disk',
    'warning',
    '2.0 GiB free on the disk of /work',
    { disk: { '/work': { total: 9 * GIB, free: 2 * GIB } } },
  ],
  [
    'disk',
    'fatal',
    '10 MiB free on the disk of /work',
    { disk: { '/work': { total: GIB, free: 10 * 2 ** 20 } } },
  ],
  ['limits', 'warning', 'ulimit -n is 1024', { limits: { ...healthy.limits, nofile: 1024 } }],
  ['limits', 'warning', 'ulimit -u is 500', { limits: { ...healthy.limits, nproc: 500 } }],
  [
    'master',
    'fatal',
    'cannot reach 10.0.0.1:29500: No route to host',
    { master: { error: 'No route to host' } },
  ],
  [
    'network',
    'warning',
    'ens3, but eth0 on other nodes',
    { route: { address: '10.0.0.3', interface: 'ens3' } },
  ],
])('%s, %s: %s', ([check, severity, message, change]) => {
  const found = problemsOf(cluster(change)).filter((problem) => problem.check === check);
  expect(found).toMatchObject([{ node: 'worker-2', severity, message }]);
  expect(found[0]?.fix.length).toBeGreaterThan(5);
});

test('a node two minutes off, unless the question took as long', () => {
  const late = problemsOf(cluster({}, { skew: { ms: -120_000, within: 50 } }));
  expect(late).toMatchObject([{ check: 'clock', node: 'worker-2', message: 'its clock is 120.0 s behind' }]);
  expect(problemsOf(cluster({}, { skew: { ms: 4000, within: 3000 } }))).toEqual([]);
});

test('a node that does not answer is told once, in the words of whoever failed', () => {
  const away = cluster({}, { report: null, error: { message: 'Connection refused', hint: 'start sshd' } });
  expect(problemsOf(away)).toEqual([
    { check: 'reach', node: 'worker-2', severity: 'fatal', message: 'Connection refused', fix: 'start sshd' },
  ]);
});

test('a rendezvous address where no node can listen; a package that is not installed; no GPU', () => {
  const taken = { ...wanted, master: { address: '10.0.0.1', port: 29_500, error: 'Address already in use' } };
  expect(problemsOf(cluster(), taken)).toMatchObject([
    {
      check: 'master',
      node: null,
      message: 'worker-0 cannot listen at 10.0.0.1:29500: Address already in use',
    },
  ]);
  const bare = cluster().map((node) => ({
    ...node,
    report: { ...healthy, gpus: null, python: { path: '', versions: { ...versions, deepspeed: null } } },
  }));
  expect(problemsOf(bare)).toMatchObject([
    { check: 'versions', node: null, message: expect.stringContaining('deepspeed is not installed') },
  ]);
});
