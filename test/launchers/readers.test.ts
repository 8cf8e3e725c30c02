import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findLauncher } from '../../launchers/index.ts';
import type { LaunchCommand } from '../../src/job/job.ts';

function read(line: string | readonly string[], env: Record<string, string> = {}): LaunchCommand {
  const argv = typeof line === 'string' ? line.split(' ') : line;
  return findLauncher(argv).read(argv, env, '.');
}

describe('the script is found exactly', () => {
  test.each([
    ['deepspeed train.py --lr 1', 'file', 'train.py', ['--lr', '1']],
    ['deepspeed --num_gpus 2 train.py', 'file', 'train.py', []],
    ['deepspeed --num_gpus=2 --num_nodes=-1 train.py x', 'file', 'train.py', ['x']],
    ['deepspeed --num_acc 2 --hostf h train.py', 'file', 'train.py', []],
    ['deepspeed -H hosts -i a:0 -q train.py -H x', 'file', 'train.py', ['-H', 'x']],
    ['deepspeed -Hhosts train.py', 'file', 'train.py', []],
    ['deepspeed -qHhosts train.py', 'file', 'train.py', []],
    ['deepspeed --module pkg.train --a', 'module', 'pkg.train', ['--a']],
    ['deepspeed --no_python ./run.sh', 'program', './run.sh', []],
    ['deepspeed -- train.py --x', 'file', 'train.py', ['--x']],
    ['/opt/venv/bin/deepspeed train.py', 'file', 'train.py', []],
    ['python -u -m deepspeed.launcher.runner --num_gpus 1 t.py', 'file', 't.py', []],
    ['torchrun --standalone --nproc_per_node 4 train.py', 'file', 'train.py', []],
    ['torchrun --nproc-per-node=gpu -m pkg.train a', 'module', 'pkg.train', ['a']],
    ['torchrun -r 3 -t 0:1,1:2 --log-dir logs t.py', 'file', 't.py', []],
    ['torchrun -t3 t.py', 'file', 't.py', []],
    ['torchrun --no_python echo hi', 'program', 'echo', ['hi']],
    ['python3.11 -m torch.distributed.run --nnodes 1 t.py', 'file', 't.py', []],
  ])('%s', (line, kind, target, args) => {
    expect(read(line).script).toEqual({ kind, target, args });
  });
});

describe('what the launcher asks for', () => {
  test.each([
    ['deepspeed --num_gpus 8 --num_nodes 2 t.py', { ranksPerNode: 8, nodes: 2 }],
    ['deepspeed --num_gpus 8 --num_gpus 4 t.py', { ranksPerNode: 4 }],
    ['deepspeed --hostfile= t.py', { hostfile: '' }],
    ['deepspeed -i a:0,1@b -e= t.py', { include: 'a:0,1@b' }],
    [
      'deepspeed --master_addr 10.0.0.1 --master_port 1234 t.py',
      { masterAddress: '10.0.0.1', masterPort: 1234 },
    ],
    ['torchrun t.py', { ranksPerNodeDefault: 1 }],
    ['torchrun --nproc_per_node auto t.py', {}],
    ['torchrun --nnodes 2:4 --nproc-per-node 8 t.py', { nodes: 4, leastNodes: 2, ranksPerNode: 8 }],
    ['torchrun --nnodes 2:2 --nproc-per-node 8 t.py', { nodes: 2, ranksPerNode: 8 }],
    [
      'torchrun --nproc-per-node 1 --rdzv_backend c10d --rdzv-endpoint h:7 t.py',
      { ranksPerNode: 1, rendezvous: 'c10d', masterAddress: 'h', masterPort: 7 },
    ],
    [
      'torchrun --nproc-per-node 1 --rdzv-endpoint localhost:0 t.py',
      { ranksPerNode: 1, masterAddress: 'localhost' },
    ],
  ])('%s', (line, cluster) => {
    expect(read(line).cluster).toEqual(cluster);
  });

  test('torchrun falls back to its PET_ variables', () => {
    expect(
      read('torchrun t.py', { PET_NPROC_PER_NODE: '4', PET_NNODES: '2', PET_MODULE: '1' }),
    ).toMatchObject({
      cluster: { ranksPerNode: 4, nodes: 2 },
      script: { kind: 'module' },
    });
  });
});

describe('what the launcher would refuse', () => {
  test.each([
    ['deepspeed', 'no-script'],
    ['deepspeed --num_gpus 2', 'no-script'],
    ['deepspeed --num_gpus', 'launcher-flag-value'],
    ['deepspeed --num_gpus --num_nodes 2 t.py', 'launcher-flag-value'],
    ['deepspeed --num_gpus two t.py', 'launcher-flag-value'],
    ['deepspeed --master_port 70000 t.py', 'launcher-flag-value'],
    ['deepspeed --module=yes t.py', 'launcher-flag-value'],
    ['deepspeed --num_gpu_ 2 t.py', 'launcher-flag-unknown'],
    ['deepspeed --num 2 t.py', 'launcher-flag-ambiguous'],
    ['deepspeed --autotuning run t.py', 'launcher-flag-unsupported'],
    ['torchrun --nnodes 3:2 t.py', 'launcher-flag-value'],
    ['torchrun --rdzv-backend etcd t.py', 'launcher-flag-unsupported'],
    ['python -c pass', 'launcher-unknown'],
    ['sbatch job.sh', 'launcher-unknown'],
  ])('%s', (line, code) => {
    expect(() => read(line)).toThrow(expect.objectContaining({ code }) as Error);
  });

  test('an unknown flag comes with the one that was meant', () => {
    expect(() => read('deepspeed --num_gpsu 2 t.py')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('--num_gpus') as string }) as Error,
    );
  });
});

const word = fc.string({ unit: 'binary', maxLength: 12 });
const launcherWords = fc.constantFrom(
  ['deepspeed', '--num_gpus', '2', 'train.py'],
  ['deepspeed', '-q', '--module', 'pkg.train'],
  ['torchrun', '--nproc_per_node=2', '--tee', '3', 'train.py'],
  ['python', '-m', 'torch.distributed.run', '--standalone', 'train.py'],
);

test('the script’s arguments survive byte for byte, in the reading and in every node’s command', () => {
  fc.assert(
    fc.property(launcherWords, fc.array(word), (own, args) => {
      const argv = [...own, ...args];
      const command = read(argv);
      expect(command.script.args).toEqual(args);
      expect([...command.launcherArgv, command.script.target, ...command.script.args]).toEqual(argv);
      const nodes = ['a', 'b'].map((name) => ({ name, slots: [0, 1] }));
      const placed = {
        rank: 1,
        nodes,
        masterAddress: 'a',
        masterPort: 1,
        localAddress: 'b',
        runId: 'r',
        python: 'python',
      };
      const node = findLauncher(argv).nodeCommand(command, placed);
      expect(node.slice(node.length - args.length - 1)).toEqual([command.script.target, ...args]);
    }),
  );
});

test('no vector makes the readers fail in an unexpected way', () => {
  const launcherWord = fc.oneof(
    word,
    fc.constantFrom(
      '--',
      '-',
      '-q',
      '-H',
      '--num_gpus',
      '--nnodes=2',
      '--rdzv',
      '-m',
      '-t',
      '=',
      '--=',
      '-1',
    ),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('deepspeed', 'torchrun'),
      fc.array(launcherWord, { maxLength: 6 }),
      (name, words) => {
        try {
          read([name, ...words]);
        } catch (error) {
          expect(error).toHaveProperty('code');
        }
      },
    ),
  );
});
