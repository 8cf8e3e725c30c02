import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const root = join(import.meta.dirname, '..', '..');

/** Where a case's Python and libraries come from. */
interface Environment {
  /** A virtual environment that `npm run setup` makes. */
  base: string;
  /** Releases that lie over it, installed on demand without their dependencies: the ones in which a fault lives. */
  over?: readonly string[];
  /** It compiles operators of its own. */
  compiles?: boolean;
}

const http = [
  'requests==2.32.5',
  'urllib3==2.5.0',
  'idna==3.11',
  'certifi==2025.10.5',
  'charset-normalizer==3.4.4',
];

export const environments: Readonly<Record<string, Environment>> = {
  main: { base: '.venv' },
  tf457: { base: '.venv-tf457' },
  frameworks: { base: '.venv-frameworks' },
  'schedule-free': { base: '.venv', over: ['schedulefree==1.4.1'] },
  'axolotl-0.19.0': { base: '.venv', over: ['axolotl==0.19.0'] },
  'deepspeed-0.15.2': { base: '.venv', over: ['deepspeed==0.15.2'], compiles: true },
  'transformers-4.46.3': {
    base: '.venv',
    over: ['transformers==4.46.3', 'tokenizers==0.20.3', 'huggingface-hub==0.26.5', ...http],
  },
  'transformers-4.30.0': {
    base: '.venv',
    over: [
      'transformers==4.30.0',
      'tokenizers==0.13.3',
      'huggingface-hub==0.16.4',
      'accelerate==0.20.3',
      'setuptools==75.8.0',
      ...http,
    ],
  },
};

/** Environment variables with which a case runs; installs what lies over the base when it is not there yet. */
export async function environmentOf(name: string): Promise<Record<string, string>> {
  const environment = environments[name];
  if (!environment) throw new Error(`no environment is called '${name}'`);
  const base = realpathSync(join(root, environment.base));
  const over = environment.over ? [await install(name, base, environment)] : [];
  return {
    PATH: `${join(base, 'bin')}:${process.env.PATH}`,
    PYTHONPATH: over.join(':'),
    DS_ACCELERATOR: 'cpu',
    TORCH_EXTENSIONS_DIR: join(environment.compiles ? (over[0] ?? base) : base, 'torch-extensions'),
    OMP_NUM_THREADS: '1',
    NO_COLOR: '1',
  };
}

async function install(name: string, base: string, { over = [], compiles }: Environment): Promise<string> {
  const target = join(root, `.venv-corpus-${name}`);
  const stamp = join(target, '.complete');
  if (!existsSync(stamp)) {
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
    const words = [...pip, '--no-build-isolation', '--target', target, '--upgrade', ...over];
    await execa(join(base, 'bin', 'python'), words, { env: { DS_BUILD_OPS: '0' } });
    // Compiled here, once: a case that is stopped while it compiles would leave a lock behind.
    if (compiles) {
      const env = { PATH: `${join(base, 'bin')}:${process.env.PATH}`, PYTHONPATH: target };
      const extensions = { TORCH_EXTENSIONS_DIR: join(target, 'torch-extensions') };
      await execa('python', [join(root, 'python', 'build-ops.py')], { env: { ...env, ...extensions } });
    }
    writeFileSync(stamp, '');
  }
  return target;
}
