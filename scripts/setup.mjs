#!/usr/bin/env node
// Installs what the demo and the tests need, and nothing that is there already. Plain JavaScript without
// dependencies, because it runs on the machine's own Node before anything is installed.
//   node scripts/setup.mjs               everything
//   node scripts/setup.mjs --only=main   what `npm run demo` needs
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const only = process.argv.find((arg) => arg.startsWith('--only='))?.slice('--only='.length);
const environments = [
  { name: 'main', directory: '.venv' },
  { name: 'tf457', directory: '.venv-tf457' },
  { name: 'frameworks', directory: '.venv-frameworks', holds: 'torch, Lightning, TRL, Megatron-Core' },
  { name: 'k8s', directory: '.venv-k8s', holds: 'the models of Kubernetes and Kubeflow' },
  { name: 'clouds', directory: '.venv-clouds', holds: 'SkyPilot and dstack' },
].filter(({ name }) => only === undefined || name === only);

try {
  await systemPackages();
  await labPackages();
  await nodePackages();
  for (const environment of environments) await pythonEnvironment(environment);
} catch (error) {
  console.error(`\nsetup failed: ${error.message}`);
  process.exit(1);
}

/** A C++ compiler: DeepSpeed compiles its CPU operators on the machine. */
async function systemPackages() {
  const wanted = [];
  if (!available('c++')) wanted.push('g++');
  if (!available('python3', ['-c', 'import ensurepip, venv'])) wanted.push('python3-venv');
  if (!existsSync(pythonHeader())) wanted.push('python3-dev');
  if (wanted.length === 0) return;
  if (process.getuid?.() !== 0 || !available('apt-get')) {
    throw new Error(
      `these packages are needed; install them and run again: apt-get install ${wanted.join(' ')}`,
    );
  }
  await step('apt package lists', 'apt-get', ['update', '-qq']);
  await step(`apt packages: ${wanted.join(' ')}`, 'apt-get', ['install', '-y', '-qq', ...wanted]);
}

/** What the lab's hosts, their Slurm and the launchers beside rampcheck need. Without them its tests are skipped, and say why. */
async function labPackages() {
  if (only !== undefined || process.getuid?.() !== 0 || !available('apt-get')) return;
  const programs = {
    '/usr/sbin/sshd': 'openssh-server',
    '/usr/bin/ssh': 'openssh-client',
    '/usr/sbin/ip': 'iproute2',
    '/usr/bin/pdsh': 'pdsh',
    '/usr/bin/rsync': 'rsync',
    '/usr/bin/clush': 'clustershell',
    '/usr/bin/faketime': 'faketime',
    '/usr/sbin/slurmctld': 'slurmctld',
    '/usr/sbin/slurmd': 'slurmd',
    '/usr/bin/sbatch': 'slurm-client',
    '/usr/sbin/munged': 'munge',
  };
  const wanted = Object.keys(programs)
    .filter((path) => !existsSync(path))
    .map((path) => programs[path]);
  if (wanted.length === 0) return;
  await step('apt package lists', 'apt-get', ['update', '-qq']);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await step(
    `apt packages for the lab: ${wanted.join(' ')}`,
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...wanted],
    env,
  );
}

async function nodePackages() {
  const stamp = join(root, 'node_modules', '.rampcheck-setup');
  const wanted = fingerprint(['package.json', 'package-lock.json']);
  if (isStamped(stamp, wanted)) return;
  await step('Node packages, Node 24 among them', 'npm', ['ci', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

async function pythonEnvironment({ name, directory, holds }) {
  const venv = join(root, directory);
  const stamp = join(venv, '.rampcheck-setup');
  const locks = [
    `python/${name}.lock`,
    ...(holds ? [] : ['python/no-isolation.lock', 'python/build-ops.py']),
  ];
  const wanted = fingerprint(locks);
  if (isStamped(stamp, wanted)) return;
  // A half-made environment is not worth repairing: its state is unknown.
  rmSync(venv, { recursive: true, force: true });
  await step(`Python environment ${directory}`, 'python3', ['-m', 'venv', venv]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  const python = join(venv, 'bin', 'python');
  await step(`${directory}: ${holds ?? 'torch, transformers, accelerate (1 GB)'}`, python, [
    ...pip,
    '-r',
    locks[0],
  ]);
  if (holds) return writeFileSync(stamp, wanted);
  await step(`${directory}: DeepSpeed`, python, [...pip, '--no-build-isolation', '-r', locks[1]]);
  const env = { ...process.env, TORCH_EXTENSIONS_DIR: join(venv, 'torch-extensions') };
  // The virtual environment is not activated: the build finds its ninja through PATH.
  env.PATH = `${join(venv, 'bin')}:${env.PATH}`;
  mkdirSync(env.TORCH_EXTENSIONS_DIR, { recursive: true });
  await step(`${directory}: compiling DeepSpeed's CPU operators`, python, [locks[2]], env);
  writeFileSync(stamp, wanted);
}

function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function isStamped(stamp, wanted) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

function available(program, args = ['--version']) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function pythonHeader() {
  const script = "import sysconfig; print(sysconfig.get_paths()['include'])";
  return join(spawnSync('python3', ['-c', script], { encoding: 'utf8' }).stdout?.trim() ?? '', 'Python.h');
}

/** Runs one long command with a line that shows it is alive; its output is shown only when it fails. */
function step(title, program, args, env = process.env) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const live = process.stdout.isTTY;
  process.stdout.write(live ? `  ${title} …` : `  ${title} …\n`);
  const ticking = setInterval(
    () => process.stdout.write(live ? `\r  ${title} … ${seconds()}` : `  ${title} … ${seconds()}\n`),
    live ? 1000 : 30_000,
  );
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const finish = (problem) => {
      clearInterval(ticking);
      process.stdout.write(live ? `\r\x1b[K` : '');
      if (problem) return reject(new Error(`${title}: ${problem}\n${output}`));
      process.stdout.write(`✔ ${title} (${seconds()})\n`);
      resolve();
    };
    child.on('error', (error) => finish(error.message));
    child.on('close', (code, signal) =>
      finish(code === 0 ? undefined : `'${program}' ended with ${code ?? signal}`),
    );
  });
}
