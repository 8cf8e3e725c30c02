/**
 * `true` on 64 hosts (eight sshd, eight names each), from the command to its end: rampcheck's own ssh, beside pdsh and clush, in turn.
 *
 *     node_modules/.bin/node bench/fan-out.ts [repetitions]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inLab, onLab, root, spread } from './support/on-lab.ts';

const repetitions = Number(process.argv[2] ?? 5);
const HOSTS = 64;

await onLab(async (lab) => {
  // The same configuration for all three: h1 to h64 are eight names for each of the eight hosts.
  const names = Array.from({ length: HOSTS }, (_, i) => ({ name: `h${i + 1}`, host: lab.hosts[i % 8] }));
  const path = join(lab.folder, 'ssh_config');
  const aliases = names.map(
    ({ name, host }) => `Host ${name}\n  HostName ${host?.address}\n  HostKeyAlias ${host?.name}\n`,
  );
  writeFileSync(
    path,
    `${aliases.join('')}\nHost h*\n  User root\n${readFileSync(path, 'utf8').replace('Host lab-*', 'Host h* lab-*')}`,
  );
  const all = names.map(({ name }) => name).join(',');
  const programs: { name: string; argv: string[] }[] = [
    { name: 'rampcheck', argv: [process.execPath, join(root, 'bench', 'support', 'fan-out-run.ts'), all] },
    { name: 'pdsh', argv: ['pdsh', '-S', '-R', 'ssh', '-f', '64', '-w', all, 'true'] },
    { name: 'clush', argv: ['clush', '-S', '-f', '64', '-w', all, 'true'] },
  ];
  const taken = programs.map((): number[] => []);
  for (let round = 0; round <= repetitions; round++) {
    for (const [at, { name, argv }] of programs.entries()) {
      const start = performance.now();
      const { exitCode, all: said } = await inLab(lab, argv);
      if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}: ${said?.slice(-500)}`);
      // The first round fills the caches.
      if (round > 0) taken[at]?.push((performance.now() - start) / 1000);
    }
  }
  const faster = Array.from({ length: repetitions }, (_, i) =>
    Math.min(taken[1]?.[i] ?? 0, taken[2]?.[i] ?? 0),
  );
  programs.forEach(({ name }, at) => {
    const ratios = (taken[at] ?? []).map((seconds, i) => seconds / (faster[i] ?? 1));
    process.stdout.write(
      `${name.padEnd(12)} ${spread(taken[at] ?? []).padEnd(22)} s   ${spread(ratios)} × the faster of pdsh and clush\n`,
    );
  });
});
