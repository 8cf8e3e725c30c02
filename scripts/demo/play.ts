import { appendFileSync, mkdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { encodeWorldInfo } from '../../launchers/deepspeed.ts';

export interface Act {
  title: string;
  /** `raw`, or rampcheck's own words before `--`. */
  how: 'raw' | readonly string[];
  /** DeepSpeed config in this folder. */
  config: string;
  expectExit: number;
  /** What a person should see afterwards. */
  see: string;
}

/** Runs one act of the demo with its output on the terminal, and returns how it ended. */
export async function play(
  act: Act,
  training: string,
  root: string,
  runs: string,
  say: (text: string) => void,
): Promise<{ exitCode: number; seconds: number }> {
  mkdirSync(runs, { recursive: true });
  const config = join('scripts', 'demo', act.config);
  const words = [
    'scripts/demo/finetune.py',
    '--output_dir',
    join(runs, 'out'),
    '--deepspeed',
    config,
    ...training.split(' '),
  ];
  const env = {
    PATH: `${join(root, '.venv', 'bin')}:${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
    // What libraries say of their own futures is not what this demo is about.
    PYTHONWARNINGS: 'ignore',
    OMP_NUM_THREADS: '1',
    // Without a GPU DeepSpeed needs to be told; its compiled operators are kept with the environment.
    DS_ACCELERATOR: 'cpu',
    TORCH_EXTENSIONS_DIR: join(root, '.venv', 'torch-extensions'),
  };
  const started = Date.now();
  const done = (exitCode: number | undefined) => ({
    exitCode: exitCode ?? 1,
    seconds: (Date.now() - started) / 1000,
  });
  if (act.how === 'raw') return done(await raw(words, root, runs, env, say));

  const shown = act.how.map((word) => (word.startsWith(root) ? relative(root, word) : word));
  say(`$ rampcheck ${shown.join(' ')} -- deepspeed --num_gpus 1 finetune.py --deepspeed ${act.config} …\n`);
  const command = ['src/cli/main.ts', ...act.how, '--', 'deepspeed', '--num_gpus', '1', ...words];
  const result = await execa('node', command, { cwd: root, env, stdio: 'inherit', reject: false });
  return done(result.exitCode);
}

/** What people do today on two nodes: the launcher on each of them, by hand. Shows rank 0's learning rates. */
async function raw(
  words: readonly string[],
  root: string,
  runs: string,
  env: Record<string, string>,
  say: (text: string) => void,
): Promise<number> {
  const world = encodeWorldInfo([
    { name: 'local-1', slots: [0] },
    { name: 'local-2', slots: [0] },
  ]);
  say('$ deepspeed --num_gpus 1 finetune.py …        (on each of the two nodes)\n');
  const port = await freePort();
  const nodes = [0, 1].map(async (node) => {
    const launcher = [
      '-u',
      '-m',
      'deepspeed.launcher.launch',
      `--world_info=${world}`,
      `--node_rank=${node}`,
    ];
    const child = execa(
      'python',
      [...launcher, '--master_addr=127.0.0.1', `--master_port=${port}`, ...words],
      {
        cwd: root,
        env,
        all: true,
        buffer: false,
        reject: false,
      },
    );
    const log = join(runs, `a-${node}.log`);
    let last: string[] = [];
    for await (const line of child.iterable({ from: 'all' })) {
      appendFileSync(log, `${line}\n`);
      last = [...last, String(line)].slice(-20);
      if (node !== 0) continue;
      for (const step of String(line).matchAll(/\{'loss'[^}]*\}/g)) say(step[0]);
    }
    const { exitCode = 1 } = await child;
    if (exitCode !== 0)
      say(`node ${node}: the launcher exited with ${exitCode}; its last lines:\n${last.join('\n')}`);
    return exitCode;
  });
  return Math.max(...(await Promise.all(nodes)));
}

/** Two demos, or a training beside it, must not use the same rendezvous address. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
