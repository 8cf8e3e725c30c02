/**
 * From the command to the first line of the first rank, and to that of the last, for the same job on eight hosts: `rampcheck launch`
 * beside `deepspeed` over pdsh, in turn. Both start DeepSpeed's own launcher on every host.
 *
 *     node_modules/.bin/node bench/start.ts [repetitions]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  allGone,
  clear,
  cli,
  earliest,
  files,
  fresh,
  inLab,
  onLab,
  root,
  spread,
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
  const taken = ways.map((): number[] => []);
  for (let round = 0; round < repetitions; round++) {
    for (const [at, { argv }] of ways.entries()) {
      const folder = fresh(lab);
      writeFileSync(join(folder, 'hosts'), lab.hosts.map(({ name }) => `${name} slots=1\n`).join(''));
      const started = Date.now();
      const job = inLab(lab, argv(folder, 29_600 + 2 * round + at));
      const failed = job.then(({ all }) => {
        throw new Error(`it ended before its ranks were up: ${all?.slice(-2000)}`);
      });
      await Promise.race([files(join(folder, 'up'), 8, 240), failed]);
      failed.catch(() => {});
      taken[at]?.push(earliest(join(folder, 'up')) / 1e9 - started / 1000);
      job.kill('SIGKILL');
      clear(lab);
      await job;
      await allGone(lab, 20);
    }
  }
  const yardstick = taken[1] ?? [];
  ways.forEach(({ name }, at) => {
    const ratios = (taken[at] ?? []).map((seconds, i) => seconds / (yardstick[i] ?? 1));
    process.stdout.write(
      `${name.padEnd(22)} ${spread(taken[at] ?? []).padEnd(24)} s   ${spread(ratios)} × deepspeed over pdsh\n`,
    );
  });
});
