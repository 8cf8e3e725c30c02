/**
 * From the command to the first line of the first rank, and to that of the last, for the same job: `rampcheck launch` beside `deepspeed`
 * over pdsh, in turn. Both start DeepSpeed's own launcher on every host, which imports DeepSpeed: 2 s of a core. On two hosts each has
 * a core of this machine, as on a cluster; on eight they wait for each other whoever starts them.
 *
 *     node_modules/.bin/node bench/start.ts [repetitions]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

const repetitions = Number(process.argv[2] ?? 3);
const script = join(root, 'bench', 'support', 'start-rank.py');

await onLab(async (lab) => {
  const ways = [
    {
      name: 'rampcheck launch',
      argv: (folder: string, port: number) => [
        ...[
          ...cli,
          'launch',
          '--hostfile',
          join(folder, 'hosts'),
          '--run-dir',
          join(folder, 'run'),
          '--quiet',
          '--env',
          'DS_ACCELERATOR=cpu',
        ],
        ...['--', join(venv, 'deepspeed'), '--master_port', String(port), '--no_local_rank', script, folder],
      ],
    },
    {
      name: 'deepspeed over pdsh',
      argv: (folder: string, port: number) => [
        ...[join(venv, 'deepspeed'), '--hostfile', join(folder, 'hosts'), '--master_addr', 'lab-1'],
        ...['--master_port', String(port), '--no_local_rank', script, folder],
      ],
    },
  ];
  for (const count of [2, 8]) {
    const taken = ways.map((): { first: number; last: number }[] => []);
    for (let round = 0; round < repetitions; round++) {
      for (const [at, { argv }] of ways.entries())
        taken[at]?.push(await measure(count, (folder) => argv(folder, 29_600 + 10 * round + count + at)));
    }
    for (const rank of ['first', 'last'] as const) {
      ways.forEach(({ name }, at) => {
        const seconds = (taken[at] ?? []).map((one) => one[rank]);
        const ratios = seconds.map((one, i) => one / (taken[1]?.[i]?.[rank] ?? 1));
        process.stdout.write(
          `${`${count} hosts, ${rank} rank`.padEnd(20)} ${name.padEnd(20)} ${spread(seconds).padEnd(22)} s   ${spread(ratios)} × deepspeed over pdsh\n`,
        );
      });
    }
  }

  async function measure(count: number, argv: (folder: string) => string[]) {
    const folder = fresh(lab);
    const hosts = lab.hosts.slice(0, count).map(({ name }) => `${name} slots=1\n`);
    writeFileSync(join(folder, 'hosts'), hosts.join(''));
    const started = Date.now() / 1000;
    const job = inLab(lab, argv(folder));
    const failed = job.then(({ all }) => {
      throw new Error(`it ended before its ranks were up: ${all?.slice(-2000)}`);
    });
    await Promise.race([files(join(folder, 'up'), count, 240), failed]);
    failed.catch(() => {});
    const up = times(join(folder, 'up'));
    job.kill('SIGKILL');
    clear(lab);
    await job;
    await allGone(lab, 20);
    return { first: Math.min(...up) / 1e9 - started, last: Math.max(...up) / 1e9 - started };
  }
});
