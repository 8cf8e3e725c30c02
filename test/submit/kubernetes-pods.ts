import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Manifest } from '../../src/submit/kubernetes/manifest.ts';
import type { Container } from '../../src/submit/kubernetes/pod.ts';
import type { Lab } from '../lab/lab.ts';

export interface Pod {
  host: string;
  exitCode: number | undefined;
  stdout: string;
  all: string;
}

/** What the controllers of a kind add to a pod's environment. */
const added: Readonly<Record<string, (rank: number, hosts: readonly string[]) => Record<string, string>>> = {
  JobSet: (rank) => ({ JOB_COMPLETION_INDEX: String(rank) }),
  TrainJob: (rank) => ({ JOB_COMPLETION_INDEX: String(rank) }),
  PyTorchJob: (rank, hosts) => ({
    RANK: String(rank),
    WORLD_SIZE: String(hosts.length),
    MASTER_ADDR: hosts[0] ?? '',
    MASTER_PORT: '23456',
    PET_NNODES: String(hosts.length),
    PET_NODE_RANK: String(rank),
    PET_MASTER_ADDR: hosts[0] ?? '',
    PET_MASTER_PORT: '23456',
    PYTHONUNBUFFERED: '1',
  }),
};

/**
 * Runs every pod of a manifest on a host of the lab: its container's command, environment, working folder and bundle, with the names that the
 * cluster's DNS would give. The image is the host itself.
 */
export async function runPods(lab: Lab, objects: readonly Manifest[]): Promise<Pod[]> {
  const job = objects.at(-1);
  const container = containersIn(objects)[0];
  if (!job || !container) throw new Error('no container in the manifest');
  const bundle = join(lab.shared, `${job.metadata.name}.pyz`);
  const packed = (find(objects, 'ConfigMap').binaryData as Record<string, string>)['rampcheck.pyz'] ?? '';
  writeFileSync(bundle, Buffer.from(packed, 'base64'), { mode: 0o444 });
  const hosts = container.env.find(({ name }) => name === 'RAMPCHECK_NODES')?.value?.split(',') ?? [];
  const known = join(lab.folder, 'hosts');
  const lines = hosts.map((host, rank) => `${lab.hosts[rank]?.address} ${host}\n`);
  writeFileSync(known, readFileSync(known, 'utf8') + lines.join(''));

  return Promise.all(
    hosts.map(async (host, rank) => {
      const env = {
        PATH: process.env.PATH ?? '',
        ...environmentOf(container, objects),
        ...added[job.kind]?.(rank, hosts),
      };
      const mounts =
        'mkdir -p /run/rampcheck /run/rampcheck-run && cp "$0" /run/rampcheck/rampcheck.pyz && exec "$@"';
      const words = [...(lab.hosts[rank]?.enter ?? []), 'sh', '-c', mounts, bundle];
      const [program = '', ...args] = [...words, ...container.command.map((word) => expand(word, env))];
      const { exitCode, stdout, all } = await execa(program, args, {
        env,
        extendEnv: false,
        cwd: container.workingDir as string,
        reject: false,
        all: true,
        stdin: 'ignore',
      });
      return { host, exitCode, stdout, all };
    }),
  );
}

/** Every container of the objects, however deep. */
export function containersIn(value: unknown): Container[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = (value as { containers?: Container[] }).containers ?? [];
  return [...own, ...Object.values(value).flatMap(containersIn)];
}

function find(objects: readonly Manifest[], kind: string): Manifest {
  const object = objects.find((candidate) => candidate.kind === kind);
  if (!object) throw new Error(`no ${kind} in the manifest`);
  return object;
}

function environmentOf({ env }: Container, objects: readonly Manifest[]): Record<string, string> {
  const secret = find(objects, 'Secret');
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => {
      if (value !== undefined) return [name, value];
      const { secretKeyRef } = valueFrom as { secretKeyRef: { name: string; key: string } };
      if (secretKeyRef.name !== secret.metadata.name) throw new Error(`${name} is of another Secret`);
      return [name, (secret.stringData as Record<string, string>)[secretKeyRef.key] ?? ''];
    }),
  );
}

/** $(NAME) in a command, as the kubelet fills it in. */
function expand(word: string, env: Readonly<Record<string, string>>): string {
  return word.replaceAll(/\$\((\w+)\)/g, (whole, name: string) => env[name] ?? whole);
}
