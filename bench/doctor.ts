/**
 * `rampcheck doctor` on eight healthy hosts, from the command to its end: every check, the master port tried from every node. There is
 * nothing that a user would run instead; one `ssh HOST true` for each host, one after the other, stands beside it.
 *
 *     node_modules/.bin/node bench/doctor.ts [repetitions]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, fresh, inLab, onLab, spread, venv } from './support/on-lab.ts';

const repetitions = Number(process.argv[2] ?? 5);

await onLab(async (lab) => {
  const folder = fresh(lab);
  writeFileSync(join(folder, 'hosts'), lab.hosts.map(({ name }) => `${name} slots=1\n`).join(''));
  const python = join(venv, 'python');
  const command = [join(venv, 'torchrun'), '--nproc-per-node', '1', '--no-python', python, '--version'];
  const doctor = [...cli, 'doctor', '--hostfile', join(folder, 'hosts'), '--', ...command];
  const one = `for host in ${lab.hosts.map(({ name }) => name).join(' ')}; do ssh "$host" true; done`;
  const programs = [
    { name: 'rampcheck doctor', argv: doctor },
    { name: 'ssh HOST true, 8 ×', argv: ['sh', '-c', one] },
  ];
  const taken = programs.map((): number[] => []);
  for (let round = 0; round <= repetitions; round++) {
    for (const [at, { name, argv }] of programs.entries()) {
      const start = performance.now();
      const { exitCode, all } = await inLab(lab, argv);
      if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}: ${all?.slice(-1500)}`);
      // The first round fills the caches.
      if (round > 0) taken[at]?.push((performance.now() - start) / 1000);
    }
  }
  programs.forEach(({ name }, at) => {
    process.stdout.write(`${name.padEnd(20)} ${spread(taken[at] ?? [])} s\n`);
  });
});
