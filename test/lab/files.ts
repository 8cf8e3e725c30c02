import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What every host and this machine share: keys, names, and how ssh is to use them. */
export function writeShared(folder: string, subnet: number, count: number): void {
  for (const name of ['shared', 'checkout']) mkdirSync(join(folder, name));
  keygen(join(folder, 'id_ed25519'));
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(join(folder, 'id_ed25519.pub')));
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const lines = numbers.map((number) => `10.77.${subnet}.${number} lab-${number}\n`);
  writeFileSync(
    join(folder, 'hosts'),
    `127.0.0.1 localhost\n::1 localhost\n${lines.join('')}10.77.${subnet}.254 lab-launcher\n`,
  );
  const known = numbers.map((number) => {
    const host = join(folder, `host-${number}`);
    mkdirSync(host);
    keygen(join(host, 'key'));
    const [type, key] = readFileSync(join(host, 'key.pub'), 'utf8').split(' ');
    return `lab-${number},10.77.${subnet}.${number},fd77:${subnet}::${number} ${type} ${key}\n`;
  });
  writeFileSync(join(folder, 'known_hosts'), known.join(''));
  writeFileSync(
    join(folder, 'ssh_config'),
    `Host lab-* 10.77.${subnet}.* fd77:${subnet}::*
  User root
  IdentityFile ${folder}/id_ed25519
  IdentitiesOnly yes
  UserKnownHostsFile ${folder}/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
`,
  );
}

/** One host's own sshd. */
export function writeHost(folder: string, number: number): void {
  writeFileSync(
    join(folder, `host-${number}`, 'sshd_config'),
    `HostKey ${folder}/host-${number}/key
AuthorizedKeysFile ${folder}/authorized_keys
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PidFile none
`,
  );
}

/** Words before a command in which the lab's names and keys are this machine's own; nobody else sees them. */
export function enter(folder: string): string[] {
  const mounts = `mount --bind "$0/hosts" /etc/hosts && mount --bind "$0/ssh_config" /etc/ssh/ssh_config && exec "$@"`;
  return ['unshare', '--mount', 'sh', '-c', mounts, folder];
}

function keygen(path: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', path]);
}
