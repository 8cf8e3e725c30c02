import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { plan as planDocument } from '../../src/documents/plan.ts';
import { fromDocument } from '../../src/documents/to-document.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { meeting } from '../../src/submit/bundle.ts';
import type { Manifest } from '../../src/submit/kubernetes/manifest.ts';
import { fixtures, runCli, scratch } from '../support/cli.ts';

/** What a node is told to run: from the plan, or from the orders in a bundle. */
interface Order {
  argv: string[];
  env: Record<string, string>;
}

const seed = join(fixtures, 'seed');
const script =
  'finetune.py --learning_rate 1e-5 --lr_scheduler_type cosine --warmup_ratio 0.01 --max_steps 4000';
const commands: [string, string][] = [
  ['torchrun', `torchrun --nnodes 8 --nproc-per-node 8 --tee 3 ${script}`],
  ['torchrun, c10d', `torchrun --nnodes 8 --nproc-per-node 8 --rdzv-backend c10d --rdzv-id one ${script}`],
  ['deepspeed', `deepspeed --num_nodes 8 --num_gpus 8 --no_local_rank ${script}`],
];

test.each(commands)(
  '%s: SSH, Slurm and Kubernetes start the same ranks, and expect the same curve',
  async (_, line) => {
    const ssh = await planned(['plan', '--hostfile', hostfile()], line);
    const slurm = await planned(['submit', '--to', 'slurm', '--dry-run'], line);
    const options = [
      '--to',
      'kubernetes',
      '--image',
      'i',
      '--workdir',
      seed,
      '--python',
      'python',
      '--dry-run',
    ];
    const kubernetes = await manifested(['submit', ...options], line);

    expect(ssh.nodes).toHaveLength(8);
    const orders = ssh.nodes.map(plain);
    expect(slurm.nodes.map((node, rank) => placed(node, ssh, rank))).toEqual(orders);
    expect(kubernetes.orders.map((order, rank) => placed(order, ssh, rank))).toEqual(orders);

    expect(slurm.expected).toEqual(ssh.expected);
    expect(slurm.hold).toEqual(ssh.hold);
    expect(slurm.worldSize).toBe(64);
    expect(kubernetes.settings).toMatchObject({
      projection: true,
      on_mismatch: 'abort',
      hold: 'auto',
      updates_per_epoch: ssh.steps.updatesPerEpoch.value,
      expect: [],
    });
  },
  60_000,
);

test('a difference would be seen', async () => {
  const [first, second] = await Promise.all(
    [script, script.replace('1e-5', '2e-5')].map((words) =>
      planned(['submit', '--to', 'slurm', '--dry-run'], `torchrun --nnodes 8 --nproc-per-node 8 ${words}`),
    ),
  );
  expect(first?.nodes.map(plain)).not.toEqual(second?.nodes.map(plain));
  expect(first?.expected).not.toEqual(second?.expected);
});

async function cli(own: readonly string[], line: string): Promise<string> {
  // No launcher of this machine: its Python would stand in the commands of DeepSpeed.
  const bin = join(scratch(), 'bin');
  mkdirSync(bin);
  const options = { cwd: seed, env: { PATH: `${bin}:/usr/bin:/bin` } };
  const { exitCode, stdout, all } = await runCli([...own, '--', ...line.split(' ')], options);
  expect(exitCode, all).toBe(0);
  return stdout;
}

async function planned(own: readonly string[], line: string): Promise<Plan> {
  const document = JSON.parse(await cli([...own, '--json'], line)) as { plan?: object };
  return fromDocument(planDocument, document.plan ?? document) as unknown as Plan;
}

/** The orders that the pods are given, out of the bundle in the ConfigMap. */
async function manifested(own: readonly string[], line: string) {
  const text = await cli(own, line);
  const objects = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  const data = objects[0]?.binaryData as Record<string, string> | undefined;
  const packed = data?.['rampcheck.pyz'] ?? '';
  const { stdout } = await execa('python3', ['-c', UNPACK], { input: Buffer.from(packed, 'base64') });
  const bundle = JSON.parse(stdout) as {
    orders: Order[];
    env: Order['env'];
    settings: unknown;
    token: string;
  };
  expect(bundle.token).toBe('');
  // The job's own environment is applied on each node, from the bundle.
  return {
    ...bundle,
    orders: bundle.orders.map((order) => ({ ...order, env: { ...bundle.env, ...order.env } })),
  };
}

const UNPACK =
  'import io,sys,zipfile; print(zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())).read("bundle.json").decode())';

function hostfile(): string {
  const path = join(scratch(), 'hosts');
  writeFileSync(path, Array.from({ length: 8 }, (_, i) => `gpu-${i} slots=8\n`).join(''));
  return path;
}

function plain({ argv, env }: Order): Order {
  return { argv: argv.map(withoutNames), env };
}

/** An order with the addresses that the coordinator would fill in: those of the plan over SSH. */
function placed({ argv, env }: Order, { master, nodes }: Plan, rank: number): Order {
  const fill = (word: string) =>
    withoutNames(
      word
        .replaceAll(meeting.address, master?.address ?? '')
        .replaceAll(meeting.port, String(master?.port))
        .replaceAll(meeting.own, nodes[rank]?.name ?? ''),
    );
  return { argv: argv.map(fill), env };
}

/** DeepSpeed's list of nodes: only order and slots mean something, and the names differ. */
function withoutNames(word: string): string {
  const [, encoded] = /^--world_info=(.*)$/.exec(word) ?? [];
  if (encoded === undefined) return word;
  const slots = JSON.parse(Buffer.from(encoded, 'base64url').toString()) as Record<string, number[]>;
  return `--world_info=${JSON.stringify(Object.values(slots))}`;
}
