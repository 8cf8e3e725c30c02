import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { enter, writeHost, writeShared } from './files.ts';
import { ip } from './network.ts';
import { type Owner, ownerOf, processAt, sameProcess } from './owner.ts';

/**
 * Real machines on this one: each has its own network, host name, process ids, /tmp and sshd, and they are joined by a bridge.
 * Root on Linux is needed. Nothing outlives its owner: hosts end with the process that made them, and what else a crash leaves
 * (a bridge, a folder) is removed by the next lab.
 */
export interface Lab {
  /** The third number of its addresses: host 3 is 10.77.SUBNET.3, and this machine 10.77.SUBNET.254. */
  subnet: number;
  /** Shared by all hosts, under the same path. */
  folder: string;
  /** A folder in it for scripts, logs and results; not in /tmp, which every host has of its own. */
  shared: string;
  hosts: readonly LabHost[];
  /** Words that go before a command: in it the hosts' names resolve, and ssh knows their keys and ours. */
  enter: readonly string[];
  down(): Promise<void>;
}

export interface LabHost {
  name: string;
  address: string;
  /** The host's outermost process, as seen from this machine. */
  pid: number;
  /** Words that go before a command that is to run on the host itself, without ssh. */
  enter: readonly string[];
  /** Takes its power away: every process of it ends at once. */
  powerOff(): void;
  /** Pulls its network cable, or puts it back. */
  cable(state: 'in' | 'out'): void;
}

export interface LabOptions {
  hosts?: number;
  /** Fixed, or the first one that is free. */
  subnet?: number | undefined;
  /** Lives on after this process, until `down`. */
  persistent?: boolean;
}

const ROOT = resolve(import.meta.dirname, '..', '..');
/** Not below /tmp or /var/tmp, which every host has of its own. */
const FOLDERS = '/var/lib';
const PREFIX = 'rampcheck-lab-';
const START_SECONDS = 30;

/** Why this machine cannot hold a lab; undefined when it can. */
export function labMissing(): string | undefined {
  if (process.platform !== 'linux') return 'lab hosts need Linux namespaces';
  if (process.getuid?.() !== 0) return 'lab hosts need root';
  for (const [program, name] of Object.entries(NEEDED)) {
    if (!existsSync(program)) return `${program} is missing: apt-get install ${name}`;
  }
  const tried = spawnSync('unshare', ['-n', '-u', '-p', '-m', '-f', '--mount-proc', 'true'], {
    encoding: 'utf8',
  });
  return tried.status === 0 ? undefined : `this machine allows no namespaces: ${tried.stderr.trim()}`;
}

const NEEDED = {
  '/usr/sbin/sshd': 'openssh-server',
  '/usr/bin/ssh': 'openssh-client',
  '/usr/sbin/ip': 'iproute2',
};

/** Starts the hosts, and resolves when the sshd of each one answers. */
export async function labUp({
  hosts: count = 8,
  subnet: wanted,
  persistent = false,
}: LabOptions = {}): Promise<Lab> {
  await removeAbandoned();
  const { subnet, folder } = claim(wanted);
  const lab: Lab = {
    subnet,
    folder,
    shared: join(folder, 'shared'),
    hosts: [],
    enter: enter(folder),
    down: () => remove(folder),
  };
  try {
    writeShared(folder, subnet, count);
    const numbers = Array.from({ length: count }, (_, i) => i + 1);
    const starting = await Promise.all(
      numbers.map((number) => startHost(folder, subnet, number, persistent)),
    );
    saveState(folder, {
      subnet,
      owner: persistent ? null : ownerOf(process.pid),
      hosts: starting.map(({ pid }) => pid),
    });
    ip([
      `link add rl${subnet} type bridge`,
      `address add 10.77.${subnet}.254/24 dev rl${subnet}`,
      ...(hasIpv6() ? [`address add fd77:${subnet}::254/64 dev rl${subnet} nodad`] : []),
      `link set rl${subnet} up`,
      ...starting.flatMap(({ pid }, i) => [
        `link add rl${subnet}h${i + 1} type veth peer name eth0 netns ${pid.pid}`,
        `link set rl${subnet}h${i + 1} master rl${subnet} up`,
      ]),
    ]);
    for (const host of starting) host.connect();
    lab.hosts = starting.map(({ pid: { pid } }, i) => makeHost(subnet, i + 1, pid));
    await Promise.all(numbers.map((number) => listening(folder, number)));
    return lab;
  } catch (error) {
    await remove(folder);
    throw error;
  }
}

/** A persistent lab that is up, from its folder. */
export function labAt(subnet: number): Lab {
  const folder = join(FOLDERS, `${PREFIX}${subnet}`);
  const state = readState(folder);
  if (!state) throw new Error(`no lab ${subnet} is up`);
  return {
    subnet,
    folder,
    shared: join(folder, 'shared'),
    hosts: state.hosts.map(({ pid }, i) => makeHost(subnet, i + 1, pid)),
    enter: enter(folder),
    down: () => remove(folder),
  };
}

/** Subnets of the labs on this machine. */
export function labs(): number[] {
  return readdirSync(FOLDERS)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => Number(name.slice(PREFIX.length)));
}

function makeHost(subnet: number, number: number, pid: number): LabHost {
  return {
    name: `lab-${number}`,
    address: `10.77.${subnet}.${number}`,
    pid,
    enter: ['nsenter', '--target', String(firstProcessOf(pid)), '--net', '--uts', '--pid', '--mount', '--'],
    powerOff: () => void process.kill(pid, 'SIGKILL'),
    cable: (state) => ip([`link set rl${subnet}h${number} ${state === 'in' ? 'up' : 'down'}`]),
  };
}

/** The host's own process 1: the only child of the process that made its namespaces. */
function firstProcessOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}

async function startHost(folder: string, subnet: number, number: number, persistent: boolean) {
  writeHost(folder, number);
  const host = join(import.meta.dirname, 'host.sh');
  const namespaces = ['unshare', '-n', '-u', '-p', '-m', '-f', '--mount-proc', '--kill-child', 'sh', host];
  const words = [...(persistent ? [] : ['setpriv', '--pdeathsig', 'KILL']), ...namespaces];
  const [program = '', ...args] = [...words, folder, String(number), String(subnet), ROOT];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await new Promise<void>((done, fail) => {
    child.stdout.once('data', () => done());
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`lab-${number} did not start (${code}): ${said}`)));
  });
  return {
    pid: processAt(child.pid ?? 0),
    connect() {
      child.stdin.end('go\n');
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
    },
  };
}

/** The folder's name is the lock: whoever makes it owns the subnet. */
function claim(wanted: number | undefined): { subnet: number; folder: string } {
  const first = wanted ?? (process.pid % 250) + 1;
  for (let tried = 0; tried < 250; tried++) {
    const subnet = ((first - 1 + tried) % 250) + 1;
    const folder = join(FOLDERS, `${PREFIX}${subnet}`);
    try {
      mkdirSync(folder, { mode: 0o755 });
      saveState(folder, { subnet, owner: ownerOf(process.pid), hosts: [] });
      if (!existsSync(`/sys/class/net/rl${subnet}`)) return { subnet, folder };
      rmSync(folder, { recursive: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (wanted !== undefined) throw new Error(`lab ${wanted} is up already: npm run lab down ${wanted}`);
  }
  throw new Error('no subnet of 10.77.0.0/16 is free');
}

async function listening(folder: string, number: number): Promise<void> {
  const log = join(folder, `host-${number}`, 'sshd.log');
  const deadline = Date.now() + START_SECONDS * 1000;
  for (;;) {
    const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
    if (text.includes('Server listening on')) return;
    if (Date.now() > deadline) throw new Error(`lab-${number}: its sshd does not listen: ${text}`);
    await sleep(10);
  }
}

interface State {
  subnet: number;
  /** Null: a persistent lab. */
  owner: Owner | null;
  hosts: Owner[];
  /** What serves the whole lab from this machine: a scheduler. */
  services?: Owner[];
}

/** Makes a process of this machine part of a lab: it is ended with it. */
export function keep({ folder }: Lab, pid: number): void {
  const state = readState(folder);
  if (state) saveState(folder, { ...state, services: [...(state.services ?? []), processAt(pid)] });
}

function saveState(folder: string, state: State): void {
  const path = join(folder, 'lab.json');
  writeFileSync(`${path}.new`, JSON.stringify(state));
  renameSync(`${path}.new`, path);
}

function readState(folder: string): State | undefined {
  const path = join(folder, 'lab.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as State) : undefined;
}

/** Labs whose owner has crashed, and persistent ones whose hosts are all gone (a restart of the machine). */
async function removeAbandoned(): Promise<void> {
  for (const subnet of labs()) {
    const folder = join(FOLDERS, `${PREFIX}${subnet}`);
    const state = readState(folder);
    const kept = state?.owner ? sameProcess(state.owner) : state?.hosts.some(sameProcess);
    if (state && !kept) await remove(folder);
  }
}

async function remove(claimed: string): Promise<void> {
  // Several labs may find the same abandoned one: whoever can rename its folder removes it.
  const folder = join(dirname(claimed), `removed-${basename(claimed)}-${process.pid}`);
  try {
    renameSync(claimed, folder);
  } catch {
    return;
  }
  const state = readState(folder);
  if (!state) return;
  const processes = [...state.hosts, ...(state.services ?? [])];
  for (const owned of processes) if (sameProcess(owned)) process.kill(owned.pid, 'SIGKILL');
  const deadline = Date.now() + START_SECONDS * 1000;
  while (processes.some(sameProcess) && Date.now() < deadline) await sleep(5);
  if (existsSync(`/sys/class/net/rl${state.subnet}`)) ip([`link delete rl${state.subnet}`]);
  rmSync(folder, { recursive: true, force: true });
}

function hasIpv6(): boolean {
  return (
    existsSync('/proc/sys/net/ipv6') &&
    readFileSync('/proc/sys/net/ipv6/conf/all/disable_ipv6', 'utf8').trim() === '0'
  );
}
