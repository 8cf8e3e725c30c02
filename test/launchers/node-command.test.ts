import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { encodeWorldInfo } from '../../launchers/deepspeed.ts';
import { findLauncher } from '../../launchers/index.ts';
import type { Placement } from '../../launchers/launcher.ts';

const venv = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
const slots = (count: number) => Array.from({ length: count }, (_, slot) => slot);

function placement(more: Partial<Placement> = {}): Placement {
  const nodes = ['worker-0', 'worker-1'].map((name) => ({ name, slots: slots(4) }));
  return {
    rank: 1,
    nodes,
    masterAddress: 'worker-0',
    masterPort: 29_500,
    localAddress: 'worker-1',
    runId: 'run-1',
    python: '/opt/venv/bin/python3',
    ...more,
  };
}

function nodeCommand(line: string, more?: Partial<Placement>): string[] {
  const argv = line.split(' ');
  const launcher = findLauncher(argv);
  return launcher.nodeCommand(launcher.read(argv, {}, '.'), placement(more));
}

test('deepspeed: the command that DeepSpeed itself runs on a node', () => {
  const [python, ...words] = nodeCommand(
    'deepspeed --hostfile h -q --bind_core_list 0-3 --save_pid --module pkg.t --x y',
  );
  expect(python).toBe('/opt/venv/bin/python3');
  expect(words).toEqual([
    '-u',
    '-m',
    'deepspeed.launcher.launch',
    '--world_info=eyJ3b3JrZXItMCI6IFswLCAxLCAyLCAzXSwgIndvcmtlci0xIjogWzAsIDEsIDIsIDNdfQ==',
    '--node_rank=1',
    '--master_addr=worker-0',
    '--master_port=29500',
    '--quiet',
    '--bind_core_list=0-3',
    '--module',
    'pkg.t',
    '--x',
    'y',
  ]);
});

test('torchrun: static rendezvous, the user’s own flags kept as they stand', () => {
  expect(
    nodeCommand('python3 -m torch.distributed.run --standalone --nproc_per_node=2 --tee=3 --nnodes 9 t.py a'),
  ).toEqual(
    'python3 -m torch.distributed.run --nnodes 2 --nproc-per-node 4 --node-rank 1 --master-addr worker-0 --master-port 29500 --tee=3 t.py a'.split(
      ' ',
    ),
  );
});

test('torchrun: c10d is told who hosts the store, and keeps the other settings', () => {
  expect(
    nodeCommand('torchrun --rdzv_backend c10d --rdzv-conf timeout=60,is_host=1 --local_addr x t.py'),
  ).toEqual(
    'torchrun --nnodes 2 --nproc-per-node 4 --rdzv-backend c10d --rdzv-endpoint worker-0:29500 --rdzv-id run-1 --rdzv-conf is_host=false,timeout=60 --local-addr worker-1 t.py'.split(
      ' ',
    ),
  );
});

test('world_info is what Python makes of the same hosts, in their order', () => {
  const hosts = { 'worker-0': [0, 1], '7': [0, 1, 2], '1': [3], 'naïve-ß': [0], 'q"\\\u007f': [0] };
  const names = ['worker-0', '7', '1', 'naïve-ß', 'q"\\\u007f'] as const;
  const nodes = names.map((name) => ({ name, slots: hosts[name] }));
  const source = `import base64, json, sys
pairs = json.load(sys.stdin)
print(base64.urlsafe_b64encode(json.dumps({h: s for h, s in pairs}).encode("utf-8")).decode("utf-8"))`;
  const input = JSON.stringify(nodes.map(({ name, slots: own }) => [name, own]));
  expect(encodeWorldInfo(nodes)).toBe(
    execFileSync('python3', ['-c', source], { input, encoding: 'utf8' }).trim(),
  );
});

const awkward = [
  '--a',
  'two words',
  '',
  '$HOME',
  '{"k": [1]}',
  "it's",
  '--',
  '-x',
  '--node_rank=5',
  'ü\n',
  '*',
];

test.each([
  ['deepspeed --quiet train.py', 'deepspeed'],
  ['torchrun --tee 3 train.py', 'torchrun'],
  ['torchrun --rdzv-backend c10d train.py', 'torchrun'],
])('the real parser reads what was meant: %s', { timeout: 60_000 }, (line, launcher) => {
  const argv = [...line.split(' '), ...awkward];
  const found = findLauncher(argv);
  const command = found.nodeCommand(found.read(argv, {}, '.'), placement());
  const source = `import json, sys
if sys.argv[1] == "deepspeed":
    from deepspeed.launcher import launch
    sys.argv = sys.argv[1:]
    args = launch.parse_args()
else:
    from torch.distributed.run import parse_args
    args = parse_args(sys.argv[2:])
print("\\n" + json.dumps(vars(args), default=str))`;
  const words = command.slice(launcher === 'deepspeed' ? 4 : 1);
  const output = execFileSync(venv, ['-c', source, launcher, ...words], {
    encoding: 'utf8',
    env: { ...process.env, DS_ACCELERATOR: 'cpu' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const args = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  expect(args).toMatchObject({ training_script: 'train.py', training_script_args: awkward });
  if (launcher === 'deepspeed') {
    expect(args).toMatchObject({ node_rank: 1, master_addr: 'worker-0', master_port: 29_500, quiet: true });
  } else if (line.includes('c10d')) {
    expect(args).toMatchObject({
      nnodes: '2',
      nproc_per_node: '4',
      rdzv_endpoint: 'worker-0:29500',
      rdzv_conf: 'is_host=false',
    });
  } else {
    expect(args).toMatchObject({
      nnodes: '2',
      nproc_per_node: '4',
      node_rank: 1,
      master_addr: 'worker-0',
      tee: '3',
    });
  }
});
