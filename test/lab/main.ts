import { spawnSync } from 'node:child_process';
import { type Lab, labAt, labMissing, labs, labUp } from './lab.ts';
import { type Slurm, slurmMissing, slurmUp } from './slurm.ts';

/**
 * The lab by hand.
 *   npm run lab up [SUBNET]         eight hosts, lab-1 to lab-8, until `down`; with --slurm, a Slurm cluster of them
 *   npm run lab exec [SUBNET] -- …  a command in which their names resolve and ssh knows their keys
 *   npm run lab down [SUBNET]       every lab of this machine, or one
 */
const [verb = '', ...rest] = process.argv.slice(2);
const dashes = rest.indexOf('--');
const [given, command] = dashes < 0 ? [rest, []] : [rest.slice(0, dashes), rest.slice(dashes + 1)];
const own = given.filter((word) => word !== '--slurm');
const withSlurm = given.includes('--slurm');
const subnet = own[0] === undefined ? undefined : Number(own[0]);
const missing = labMissing() ?? (withSlurm ? slurmMissing() : undefined);

if (missing) fail(missing);
else if (verb === 'up') {
  const lab = await labUp({ persistent: true, subnet: subnet ?? 1 });
  say(lab);
  if (withSlurm) sayOfSlurm(await slurmUp(lab, true));
} else if (verb === 'down')
  for (const lab of subnet === undefined ? labs() : [subnet]) await labAt(lab).down();
else if (verb === 'exec' && command.length > 0) {
  const [program = '', ...args] = [...labAt(subnet ?? 1).enter, ...command];
  process.exitCode = spawnSync(program, args, { stdio: 'inherit' }).status ?? 1;
} else fail('npm run lab up | exec -- COMMAND… | down');

function say(lab: Lab): void {
  const [first, last] = [lab.hosts[0], lab.hosts.at(-1)];
  process.stdout.write(`${first?.name} to ${last?.name} are up, ${first?.address} to ${last?.address}\n`);
}

function sayOfSlurm({ env }: Slurm): void {
  process.stdout.write(`Slurm is up: npm run lab exec -- env SLURM_CONF=${env.SLURM_CONF} sinfo\n`);
}

function fail(why: string): void {
  process.stderr.write(`lab: ${why}\n`);
  process.exitCode = 1;
}
