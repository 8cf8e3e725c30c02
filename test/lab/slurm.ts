import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keep, type Lab, type LabHost } from './lab.ts';

/**
 * Real Slurm on the hosts of a lab: one slurmd on each, slurmctld and munge on this machine. Partitions `all` (the default, 8 nodes) and
 * `small` (the first 2), and `spot`, whose jobs make room for
 * the others' within a minute; every node claims 8 CPUs and 8 GPUs. No accounting, so that sacct says so, as on many clusters.
 */
export interface Slurm {
  /** Words before sbatch, squeue, scontrol: the lab's names, and the lab's Slurm. */
  enter: readonly string[];
  /** The environment that makes commands speak to it. */
  env: { SLURM_CONF: string };
  /** Starts a host's slurmd (again). */
  startNode(host: LabHost): void;
  /** Every node is idle. */
  ready(): Promise<void>;
}

const NEEDED = {
  '/usr/sbin/slurmctld': 'slurmctld',
  '/usr/sbin/slurmd': 'slurmd',
  '/usr/bin/sbatch': 'slurm-client',
  '/usr/sbin/munged': 'munge',
};
const START_SECONDS = 40;

/** Why Slurm cannot run here; undefined when it can. */
export function slurmMissing(): string | undefined {
  const missing = Object.entries(NEEDED).filter(([program]) => !existsSync(program));
  return missing.length ? `apt-get install ${missing.map(([, name]) => name).join(' ')}` : undefined;
}

/** Starts Slurm on a lab; ends with it. */
export async function slurmUp(lab: Lab, persistent = false): Promise<Slurm> {
  const folder = join(lab.folder, 'slurm');
  const conf = join(folder, 'slurm.conf');
  for (const name of ['', 'state', 'munge']) mkdirSync(join(folder, name), { mode: 0o755 });
  writeFileSync(join(folder, 'munge.key'), spawnSync('head', ['-c', '128', '/dev/urandom']).stdout, {
    mode: 0o400,
  });
  for (let gpu = 0; gpu < 8; gpu++) writeFileSync(join(folder, `gpu${gpu}`), '');
  writeFileSync(conf, slurmConf(lab, folder));
  writeFileSync(join(folder, 'cgroup.conf'), 'CgroupAutomount=yes\n');
  writeFileSync(join(folder, 'gres.conf'), `Name=gpu File=${folder}/gpu[0-7]\n`);
  const service = (words: readonly string[], log: string) => {
    const tie = persistent ? [] : ['setpriv', '--pdeathsig', 'KILL'];
    const [program = '', ...args] = [
      ...tie,
      'sh',
      '-c',
      `exec "$@" >>"$0" 2>&1`,
      join(folder, log),
      ...words,
    ];
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    child.unref();
    keep(lab, child.pid ?? 0);
  };
  service(munge(folder), 'munged.log');
  await until(
    () => existsSync(join(folder, 'munge', 'socket')),
    () => logOf(folder, 'munged.log'),
  );
  const control = `hostname lab-launcher && mount --bind ${folder}/../hosts /etc/hosts && exec slurmctld -D -f ${conf}`;
  service(['unshare', '--mount', '--uts', 'sh', '-c', control], 'slurmctld.log');
  const env = { SLURM_CONF: conf };
  const enter = [...lab.enter, 'env', `SLURM_CONF=${conf}`];
  const startNode = ({ name, enter: [program = '', ...words] }: LabHost) => {
    const start = ['sh', '-c', `exec slurmd -N ${name} -f ${conf} >>${folder}/slurmd-${name}.out 2>&1`];
    spawnSync(program, [...words, ...start], { stdio: 'ignore', env: { PATH: process.env.PATH } });
  };
  for (const host of lab.hosts) startNode(host);
  const ready = () =>
    until(
      () => idle(enter) === lab.hosts.length,
      () => `${states(enter)}\n${logOf(folder, 'slurmctld.log')}`,
    );
  await ready();
  return { enter, env, startNode, ready };
}

function munge(folder: string): string[] {
  const [key, base] = [join(folder, 'munge.key'), join(folder, 'munge')];
  const files = ['socket', 'pid', 'seed'].map(
    (name) => `--${name === 'socket' ? name : `${name}-file`}=${base}/${name}`,
  );
  return ['munged', '--foreground', '--force', `--key-file=${key}`, `--log-file=${base}/log`, ...files];
}

function slurmConf({ subnet, hosts }: Lab, folder: string): string {
  const names = hosts.map(({ name }) => name);
  return `ClusterName=lab${subnet}
SlurmctldHost=lab-launcher(10.77.${subnet}.254)
SlurmctldPort=${7000 + subnet}
SlurmdPort=6818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge/socket
CredType=cred/munge
StateSaveLocation=${folder}/state
SlurmdSpoolDir=/run/slurmd
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmdLogFile=${folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0
GresTypes=gpu
SlurmdParameters=config_overrides
ReturnToService=2
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
SlurmctldParameters=preempt_send_user_signal
SlurmdTimeout=15
KillWait=10
MinJobAge=3600
InactiveLimit=0
${hosts
  .map(
    ({ name, address }) =>
      `NodeName=${name} NodeAddr=${address} CPUs=8 Sockets=8 CoresPerSocket=1 RealMemory=1000 Gres=gpu:8`,
  )
  .join('\n')}
PartitionName=all Nodes=${names.join(',')} Default=YES PriorityTier=2 MaxTime=1-0 State=UP
PartitionName=small Nodes=${names.slice(0, 2).join(',')} PriorityTier=2 MaxTime=1-0 State=UP
PartitionName=spot Nodes=${names.join(',')} PriorityTier=1 GraceTime=60 MaxTime=1-0 State=UP
`;
}

function idle(enter: readonly string[]): number {
  return states(enter)
    .split('\n')
    .filter((state) => state === 'idle').length;
}

function states([program = '', ...words]: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, [...words, 'sinfo', '-h', '-p', 'all', '-N', '-o', '%t'], {
    encoding: 'utf8',
  });
  return stdout.trim() || stderr;
}

function logOf(folder: string, name: string): string {
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path, 'utf8').slice(-2000) : '';
}

async function until(test: () => boolean, why: () => string): Promise<void> {
  const deadline = Date.now() + START_SECONDS * 1000;
  while (!test()) {
    if (Date.now() > deadline) throw new Error(`Slurm did not start within ${START_SECONDS} s: ${why()}`);
    await sleep(50);
  }
}
