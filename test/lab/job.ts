import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished } from 'vitest';
import type { AgentEvent } from '../../src/contract/agent-messages.ts';
import type { Verdict } from '../../src/run/verdict.ts';
import { readJson, readLines, root, until } from '../support/cli.ts';
import type { Lab, LabHost } from './lab.ts';
import { filesOn, processesOn } from './processes.ts';

export { findOn, parentOf, processesOn } from './processes.ts';

const main = join(root, 'src', 'cli', 'main.ts');
const scriptedRanks = join(root, 'test', 'lab', 'scripted-ranks');

export interface JobOptions {
  /** What the scripted ranks do (scripted-ranks/rank.py). */
  words?: readonly string[];
  /** The whole command instead of the scripted ranks'. */
  command?: readonly string[];
  ranks?: number;
  /** Where rampcheck is started. */
  cwd?: string;
  /** Options of `launch`. */
  options?: readonly string[];
  env?: Readonly<Record<string, string>>;
  hosts?: readonly LabHost[];
}

/** A run on the lab's hosts, started with the real command line. */
export interface LabJob {
  /** rampcheck itself. */
  pid: number;
  kill(signal: NodeJS.Signals): void;
  done: Promise<{ exitCode: number | undefined; all: string; seconds: number }>;
  run: string;
  verdict(): Verdict;
  events(): ({ node: string } & AgentEvent)[];
  /** Waits until a log of the run holds this text. */
  says(text: string, log: string): Promise<void>;
  /** Waits until every rank has printed this line. */
  allSay(text: string): Promise<void>;
  /** Waits for events of this type, as many as there are nodes or as told. */
  seen(type: string, count?: number): Promise<void>;
}

/** Starts `rampcheck launch` from within the lab. At the end of the test it is killed if it still runs. */
export function startJob(lab: Lab, job: JobOptions): LabJob {
  const { words = [], ranks = 1, options = [], env = {}, hosts = lab.hosts } = job;
  const folder = mkdtempSync(join(lab.shared, 'job-'));
  const run = join(folder, 'run');
  const hostfile = join(folder, 'hosts');
  writeFileSync(hostfile, hosts.map(({ name }) => `${name} slots=${ranks}\n`).join(''));
  const command = job.command ?? [
    'torchrun',
    '--nproc-per-node',
    String(ranks),
    join(scriptedRanks, 'rank.py'),
    ...words,
  ];
  const path = `PATH=${scriptedRanks}:/usr/local/bin:/usr/bin:/bin`;
  const meet = `MEET=${join(folder, 'meet')}`;
  const cli = [process.execPath, main, 'launch', '--hostfile', hostfile, '--run-dir', run];
  const [program = '', ...args] = [
    ...[
      ...lab.enter,
      ...cli,
      ...(job.command ? [] : ['--env', path, '--env', meet]),
      ...options,
      '--',
      ...command,
    ],
  ];
  const started = performance.now();
  const child = execa(program, args, {
    cwd: job.cwd ?? root,
    env: { ...env, NO_COLOR: '1' },
    reject: false,
    all: true,
    stdin: 'ignore',
  });
  const { pid = 0 } = child.nodeChildProcess;
  onTestFinished(async () => {
    child.nodeChildProcess.kill('SIGKILL');
    await child;
  });
  const events = () =>
    existsSync(join(run, 'events.jsonl'))
      ? readLines<{ node: string } & AgentEvent>(join(run, 'events.jsonl'))
      : [];
  const log = (name: string) => {
    const file = join(run, 'logs', name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  return {
    pid,
    run,
    events,
    kill: (signal) => void child.nodeChildProcess.kill(signal),
    done: child.then(({ exitCode, signal, all }) => ({
      // As a shell counts: before anything is started a signal ends rampcheck as it ends any program.
      exitCode: exitCode ?? (signal ? 128 + constants.signals[signal as NodeJS.Signals] : undefined),
      all: all ?? '',
      seconds: (performance.now() - started) / 1000,
    })),
    verdict: () => readJson<Verdict>(join(run, 'verdict.json')),
    says: (text, name) => until(`${name} says '${text}'`, () => log(name).includes(text), 60),
    allSay: (text) => {
      const names = hosts.flatMap(({ name }, node) =>
        Array.from({ length: ranks }, (_, local) => `${name}-${node * ranks + local}.log`),
      );
      return until(`every rank says '${text}'`, () => names.every((name) => log(name).includes(text)), 60);
    },
    seen: (type, count = hosts.length) =>
      until(`${count} × ${type}`, () => events().filter((event) => event.type === type).length >= count, 60),
  };
}

/** No process and no file of any job is left on these hosts, now or within the next moments. */
export async function nothingLeft(hosts: readonly LabHost[], seconds = 5): Promise<void> {
  const left = () =>
    hosts.flatMap((host) => processesOn(host).map(({ command }) => `${host.name}: ${command}`));
  const deadline = Date.now() + seconds * 1000;
  while (left().length > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(left()).toEqual([]);
  expect(hosts.flatMap((host) => filesOn(host))).toEqual([]);
}
