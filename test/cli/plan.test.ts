import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { makePlan, type Plan } from '../../src/plan/plan.ts';
import type { JobOptions } from '../../src/read/read-job.ts';
import { fixtures, runCli } from '../support/cli.ts';
import { jobOf } from '../support/job.ts';

const cwd = `${fixtures}/seed`;
const training =
  '--deepspeed ds_config_zero3.json --learning_rate 1e-5 --lr_scheduler_type cosine --per_device_train_batch_size 2 --gradient_accumulation_steps 2 --num_train_epochs 3';
const seed = `deepspeed --hostfile hosts finetune.py --model_name_or_path Qwen/Qwen2-72B ${training} --warmup_ratio 0.01`;
const hostfile = ['--hostfile', '../../../hostfiles/8x8-h100', '--samples', '100000'];

describe('the seed on eight nodes', () => {
  test('shows world size, batch, steps and each node’s command', async () => {
    const { exitCode, stdout, stderr } = await runCli(['plan', ...hostfile, '--', ...seed.split(' ')], {
      cwd,
    });
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('8 nodes, 64 ranks');
    expect(stdout).toContain('256 samples per optimizer step = 2 per rank × 64 ranks × 2');
    expect(stdout).toContain('1,173 = --samples 100000 / (2 × 64 × 2) × 3 epochs');
    expect(stdout).toContain('12 = warmup_ratio 0.01 × 1,173 steps');
    expect(stdout).toContain('h100-node-00:29500 (the first node');
    expect(stdout).toContain('expected learning rate: transformers:cosine, peak 1e-5');
    expect(stdout).toContain('as the files are: WarmupLR');
    expect(stdout.match(/^# node \d, h100-node-0\d: ranks \d+ to \d+$/gm)).toHaveLength(8);
    const long = stdout.split('\n').filter((line) => line.length > 80);
    expect(long.every((line) => line.includes('--world_info='))).toBe(true);
  });

  test('pasted into a shell, a printed command is the argv that launch runs', async () => {
    const words = [...seed.split(' '), '--note', "it's", '', '$HOME', '{"a": "b c"}', 'x'.repeat(90), '\\'];
    const argv = ['plan', ...hostfile, '--env', 'NCCL_DEBUG=IN FO', '--'];
    const [text, json] = await Promise.all([
      runCli([...argv, ...words], { cwd }),
      runCli([...argv.toSpliced(1, 0, '--json'), ...words], { cwd }),
    ]);
    const plan = JSON.parse(json.stdout) as Plan;
    const printed = text.stdout.split(/^# node .*\n/m)[2]?.split('\n\n')[0] ?? '';
    const shell = `python() { printf '%s\\0' "$NCCL_DEBUG" python "$@"; }\n${printed}`;
    const pasted = execFileSync('bash', ['-c', shell], { encoding: 'utf8' }).split('\0').slice(0, -1);
    const node = plan.nodes[1];
    expect(pasted).toEqual(['IN FO', ...(node?.argv ?? [])]);
    expect(node?.env).toMatchObject({ NCCL_DEBUG: 'IN FO' });
    expect(node?.argv.slice(8)).toEqual(words.slice(3));
  });

  test('is the same to the byte when asked twice', async () => {
    const argv = ['plan', '--json', ...hostfile, '--', ...seed.split(' ')];
    const [one, two] = await Promise.all([runCli(argv, { cwd }), runCli(argv, { cwd })]);
    expect(one.stdout).toBe(two.stdout);
    expect((JSON.parse(one.stdout) as Plan).hash).toMatch(/^[0-9a-f]{64}$/);
  });
});

const plan = (line: string, files?: Readonly<Record<string, string>>, options?: JobOptions) =>
  makePlan(jobOf(line, files, options));
const two = { nodes: 2 } as const;

describe('makePlan', () => {
  test('one machine runs the command as it stands', () => {
    const line = 'deepspeed train.py --max_steps 10';
    expect(plan(line)).toMatchObject({
      nodes: [{ rank: 0, name: 'localhost', slots: [], argv: line.split(' ') }],
      worldSize: null,
      master: null,
      batch: null,
      steps: { total: { value: 10 } },
      hold: { steps: 2 },
    });
    expect(plan('torchrun --nproc-per-node 4 train.py')).toMatchObject({ worldSize: 4, master: null });
  });

  test('played nodes meet on this machine, at a port of their own', () => {
    const { nodes, master, worldSize } = plan('torchrun --nproc-per-node 3 train.py', {}, two);
    expect(worldSize).toBe(6);
    expect(master?.address).toBe('127.0.0.1');
    expect(master?.port).toBeGreaterThanOrEqual(20_000);
    expect(master?.port).toBeLessThan(30_000);
    expect(nodes.map(({ name }) => name)).toEqual(['local-1', 'local-2']);
    expect(nodes[1]?.argv.join(' ')).toBe(
      `torchrun --nnodes 2 --nproc-per-node 3 --node-rank 1 --master-addr 127.0.0.1 --master-port ${master?.port} train.py`,
    );
  });

  test('the command’s own address and port are used', () => {
    expect(
      plan('deepspeed --master_addr 10.0.0.9 --master_port 4321 train.py', {}, two).master,
    ).toMatchObject({
      address: '10.0.0.9',
      port: 4321,
    });
  });

  test('a hostfile of this machine’s names is played here, any other is reached over ssh', () => {
    const executors = ['local-1 slots=1\nlocal-2 slots=1', 'a slots=2\nb slots=2'].map(
      (hosts) => plan('deepspeed --hostfile hosts train.py', { hosts }).executor,
    );
    expect(executors).toEqual(['local', 'ssh']);
  });

  test('DeepSpeed’s own curve is expected when it is of the same family and its numbers agree', () => {
    const config = (type: string) =>
      JSON.stringify({ scheduler: { type, params: { total_num_steps: 'auto', warmup_num_steps: 'auto' } } });
    const line =
      'torchrun train.py --deepspeed ds.json --lr_scheduler_type cosine --max_steps 100 --warmup_steps 10';
    expect(plan(line, { 'ds.json': config('WarmupCosineLR') }).expected).toMatchObject({
      spec: {
        lib: 'deepspeed',
        scheduler: 'WarmupCosineLR',
        params: { total_num_steps: 100, warmup_num_steps: 10 },
      },
      wouldRun: null,
    });
    expect(plan(line, { 'ds.json': config('WarmupDecayLR') }).expected).toMatchObject({
      spec: { lib: 'transformers', scheduler: 'cosine', lr0: 5e-5 },
      wouldRun: { scheduler: 'WarmupDecayLR', params: { total_num_steps: 100 } },
    });
  });

  test('what only the run knows is said to be so', () => {
    const { steps, hold, expected } = plan('torchrun train.py --lr_scheduler_type cosine --warmup_steps 0.1');
    expect(steps.total).toMatchObject({ value: null });
    expect(hold.steps).toBeNull();
    expect(expected).toMatchObject({ nominal: 1000, spec: { params: { num_warmup_steps: 100 } } });
    expect(
      plan('torchrun train.py --lr_scheduler_type reduce_lr_on_plateau --max_steps 9').expected,
    ).toMatchObject({ spec: null });
  });

  test('a schedule that does not exist is refused with the one that was meant', () => {
    expect(() => plan('torchrun train.py --lr_scheduler_type cosin')).toThrow(
      expect.objectContaining({
        code: 'unknown-schedule',
        hint: expect.stringContaining('cosine') as string,
      }) as Error,
    );
  });
});
