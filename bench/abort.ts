/**
 * From the first rank that finds its learning rate wrong to no process left on any of eight hosts with eight ranks each: rampcheck,
 * beside what the launchers do by themselves when that rank raises. Ranks are without torch, so that 64 of them fit on one machine;
 * launchers are the real ones.
 *
 *     node_modules/.bin/node bench/abort.ts [repetitions of rampcheck] [--alone]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../test/lab/lab.ts';
import {
  allGone,
  clear,
  cli,
  files,
  fresh,
  inLab,
  onLab,
  root,
  spread,
  times,
  venv,
} from './support/on-lab.ts';

/** A launcher that leaves ranks behind for longer than this is stopped by hand. */
const PATIENCE = 60;
const RANKS = 64;
const rank = join(root, 'bench', 'support', 'abort-rank.py');
const scriptedRanks = join(root, 'test', 'lab', 'scripted-ranks');
const repetitions = Number(process.argv[2] ?? 5);

await onLab(async (lab) => {
  const ours: number[] = [];
  for (let i = 0; i < repetitions; i++)
    ours.push((await measure(lab, rampcheck, 'all')) ?? Number.POSITIVE_INFINITY);
  say('rampcheck launch --on ssh', spread(ours), `${repetitions} runs; median, smallest and largest`);
  if (process.argv.includes('--alone')) return;
  for (const [name, start] of [
    ['torchrun on every node, over ssh', torchrun],
    ['deepspeed over pdsh', deepspeed],
  ] as const) {
    const taken = await measure(lab, start, '0');
    say(
      name,
      taken === undefined ? `over ${PATIENCE}` : taken.toFixed(2),
      taken === undefined ? 'ranks were still running; 1 run' : '1 run',
    );
  }
});

type Start = (lab: Lab, folder: string, who: string) => { stop(): void; done: PromiseLike<{ all?: string }> };

/** Seconds from the first mismatch to the last process; undefined when some were left. */
async function measure(lab: Lab, start: Start, who: string): Promise<number | undefined> {
  const folder = fresh(lab);
  const job = start(lab, folder, who);
  const failed = Promise.resolve(job.done).then(({ all }) => {
    throw new Error(`it ended before its ranks were up: ${all?.slice(-2000)}`);
  });
  await Promise.race([files(join(folder, 'up'), RANKS, 240), failed]);
  failed.catch(() => {});
  const gone = allGone(lab, PATIENCE);
  writeFileSync(join(folder, 'go'), '');
  const at = await gone;
  job.stop();
  clear(lab);
  await job.done;
  await allGone(lab, 10);
  return at === undefined ? undefined : at / 1000 - Math.min(...times(join(folder, 'meet'))) / 1e9;
}

function rampcheck(lab: Lab, folder: string, who: string): ReturnType<Start> {
  const path = `PATH=${scriptedRanks}:/usr/bin:/bin`;
  const options = [
    '--hostfile',
    join(folder, 'hosts'),
    '--run-dir',
    join(folder, 'run'),
    '--env',
    path,
    '--quiet',
  ];
  const job = inLab(lab, [
    ...cli,
    'launch',
    ...options,
    '--',
    'torchrun',
    '--nproc-per-node',
    '8',
    rank,
    folder,
    who,
  ]);
  return { stop: () => {}, done: job };
}

function torchrun(lab: Lab, folder: string, who: string): ReturnType<Start> {
  const jobs = lab.hosts.map(({ name }, node) => {
    const words = [
      '--nnodes',
      '8',
      '--nproc-per-node',
      '8',
      '--node-rank',
      String(node),
      '--master-addr',
      'lab-1',
    ];
    const command = [join(venv, 'torchrun'), ...words, '--master-port', '29533', rank, folder, who].join(' ');
    return inLab(lab, ['ssh', name, `cd ${root}; OMP_NUM_THREADS=1 ${command}`]);
  });
  return {
    stop: () => jobs.forEach((job) => void job.kill('SIGKILL')),
    done: Promise.all(jobs).then((ends) => ({ all: ends.map(({ all }) => all).join('\n') })),
  };
}

function deepspeed(lab: Lab, folder: string, who: string): ReturnType<Start> {
  const options = [
    '--hostfile',
    join(folder, 'hosts'),
    '--master_addr',
    'lab-1',
    '--master_port',
    '29534',
    '--no_local_rank',
  ];
  const job = inLab(lab, [join(venv, 'deepspeed'), ...options, rank, folder, who], {
    PDSH_RCMD_TYPE: 'ssh',
    PYTHONPATH: root,
  });
  return { stop: () => void job.kill('SIGKILL'), done: job };
}

function say(name: string, seconds: string, note: string): void {
  process.stdout.write(`${name.padEnd(34)} ${seconds.padEnd(22)} s   ${note}\n`);
}
