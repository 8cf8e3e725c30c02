import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findLauncher } from '../../launchers/index.ts';
import type { Placement } from '../../launchers/launcher.ts';
import type { Job } from '../../src/job/job.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { jobOf } from '../support/job.ts';

const values = ({ training }: Job) =>
  Object.fromEntries(Object.entries(training).map(([name, stated]) => [name, stated.value as unknown]));

const yaml = `### model
model_name_or_path: Qwen/Qwen2-7B
learning_rate: 1e-4   # OmegaConf reads this as a number
lr_scheduler_type: cosine
warmup_ratio: 0.1
num_train_epochs: 3.0
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
bf16: true
deepspeed: ds.json
`;

describe('LLaMA-Factory', () => {
  const files = { 'a.yaml': yaml, 'ds.json': '{}' };
  test('its YAML, and words over it', () => {
    const job = jobOf('llamafactory-cli train a.yaml learning_rate=2e-5 max_steps=7', files);
    expect(values(job)).toMatchObject({
      learning_rate: 2e-5,
      lr_scheduler_type: 'cosine',
      warmup_ratio: 0.1,
      max_steps: 7,
      bf16: true,
    });
    expect(job.training.warmup_ratio).toMatchObject({
      text: 'warmup_ratio: 0.1',
      location: { file: 'a.yaml', line: 5, column: 15 },
    });
    expect(job).toMatchObject({ frontEnd: 'llamafactory', unread: [], deepspeed: { path: 'ds.json' } });
  });

  test('each node is told by its environment', () => {
    const { nodes } = makePlan(
      jobOf('llamafactory-cli train a.yaml', files, { nodes: 2 }, { NPROC_PER_NODE: '4' }),
    );
    expect(nodes[1]).toMatchObject({
      argv: ['llamafactory-cli', 'train', 'a.yaml'],
      env: {
        FORCE_TORCHRUN: '1',
        NNODES: '2',
        NODE_RANK: '1',
        NPROC_PER_NODE: '4',
        MASTER_ADDR: '127.0.0.1',
      },
    });
  });

  test('its own train.py under torchrun', () => {
    const job = jobOf('torchrun --nproc-per-node 2 src/train.py a.yaml', {
      ...files,
      'src/train.py': 'from llamafactory.train.tuner import run_exp\n',
    });
    expect(job.frontEnd).toBe('llamafactory');
    expect(values(job)).toMatchObject({ learning_rate: 1e-4 });
  });
});

describe('ms-swift', () => {
  test('TrainingArguments’ names with its own defaults', () => {
    const job = jobOf(
      'swift sft --model Qwen/Qwen2-7B --deepspeed zero2 --max_steps 100',
      {},
      {},
      { NPROC_PER_NODE: '4' },
    );
    expect(job.defaults).toMatchObject({
      learning_rate: 1e-4,
      lr_scheduler_type: 'cosine',
      gradient_accumulation_steps: 4,
    });
    expect(job.deepspeed).toBeUndefined();
    expect(makePlan(job)).toMatchObject({
      worldSize: 4,
      batch: { perDevice: 1, accumulation: 4, global: 16 },
      expected: { spec: { scheduler: 'cosine', lr0: 1e-4 } },
    });
    expect(jobOf('swift sft --train_type full').defaults.learning_rate).toBe(1e-5);
  });
});

describe('axolotl', () => {
  const files = {
    'a.yml':
      'learning_rate: 2e-4\nlr_scheduler: cosine\nwarmup_steps: 10\nmicro_batch_size: 2\nnum_epochs: 4\noptimizer: adamw_torch\nsample_packing: true\ncosine_min_lr_ratio: 0.1\n',
  };
  test('its own names, what it does by itself, and its options', () => {
    const job = jobOf('axolotl train a.yml --learning-rate 1e-4', files);
    expect(values(job)).toEqual({
      learning_rate: 1e-4,
      lr_scheduler_type: 'cosine',
      warmup_steps: 10,
      per_device_train_batch_size: 2,
      num_train_epochs: 4,
      optim: 'adamw_torch',
      packing: true,
    });
    expect(job.unread.map(({ what }) => what)).toEqual([]);
    expect(
      jobOf('axolotl train a.yml', { 'a.yml': 'learning_rate: 1e-4\n' }).unread.map(({ what }) => what),
    ).toEqual(['the warmup']);
  });

  test('nodes meet at a static place', () => {
    const { nodes } = makePlan(
      jobOf('axolotl train a.yml --launcher accelerate -- --nproc_per_node=2', files, { nodes: 2 }),
    );
    expect(nodes[1]?.argv.slice(0, 12)).toEqual(
      'axolotl train a.yml --launcher torchrun -- --nnodes 2 --nproc_per_node 2 --node_rank 1'.split(' '),
    );
  });

  test('under torchrun it is the same', () => {
    expect(jobOf('torchrun -m axolotl.cli.train a.yml', files).frontEnd).toBe('axolotl');
  });
});

describe('accelerate launch', () => {
  const config = `compute_environment: LOCAL_MACHINE
distributed_type: DEEPSPEED
deepspeed_config:
  deepspeed_config_file: ds.json
  deepspeed_hostfile: hosts
  deepspeed_multinode_launcher: pdsh
num_machines: 2
num_processes: 16
main_process_ip: 10.0.0.1
main_process_port: 29501
`;
  const files = {
    'acc.yaml': config,
    'ds.json': '{"scheduler": {"type": "WarmupLR", "params": {}}}',
    hosts: 'a slots=8\nb slots=8\n',
  };
  const line = 'accelerate launch --config-file acc.yaml train.py --lr_scheduler_type cosine';

  test('its YAML gives nodes, ranks, meeting place and DeepSpeed config', () => {
    const job = jobOf(line, files);
    expect(job.nodes.map(({ name, slots }) => [name, slots.length])).toEqual([
      ['a', 8],
      ['b', 8],
    ]);
    expect(job.command.cluster).toMatchObject({ masterAddress: '10.0.0.1', masterPort: 29_501 });
    expect(job.deepspeed?.path).toBe('ds.json');
  });

  test('options win over it, and --multi_gpu leaves DeepSpeed out', () => {
    const job = jobOf(
      'accelerate launch --config_file acc.yaml --num_processes 4 --main-process-port=1234 --multi_gpu train.py',
      files,
    );
    expect(job.nodes.map(({ slots }) => slots.length)).toEqual([2, 2]);
    expect(job.command.cluster.masterPort).toBe(1234);
    expect(job.deepspeed).toBeUndefined();
  });

  test('what is broken in it has its place', () => {
    const broken = { ...files, 'acc.yaml': config.replace('num_machines: 2', 'num_machines: [2') };
    expect(() => jobOf(line, broken)).toThrow(
      expect.objectContaining({ code: 'accelerate-config-bad' }) as Error,
    );
    expect(() => jobOf('accelerate launch --config_file no.yaml train.py')).toThrow(
      expect.objectContaining({ code: 'accelerate-config-missing' }) as Error,
    );
  });

  test('each node runs its own part, and accelerate’s parser reads what was meant', {
    timeout: 60_000,
  }, () => {
    const { nodes } = makePlan(jobOf(line, files));
    const argv = nodes[1]?.argv ?? [];
    const source = `import json, sys
from accelerate.commands.launch import launch_command_parser
print(json.dumps(vars(launch_command_parser().parse_args(sys.argv[1:])), default=str))`;
    const python = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
    const output = execFileSync(python, ['-c', source, ...argv.slice(2)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(JSON.parse(output)).toMatchObject({
      config_file: 'acc.yaml',
      num_machines: 2,
      num_processes: 16,
      machine_rank: 1,
      main_process_ip: '10.0.0.1',
      main_process_port: 29_501,
      same_network: true,
      rdzv_backend: 'static',
      deepspeed_multinode_launcher: 'standard',
      training_script: 'train.py',
      training_script_args: ['--lr_scheduler_type', 'cosine'],
    });
  });

  test('without DeepSpeed it is told that there are several GPUs', () => {
    const placement: Placement = {
      rank: 0,
      nodes: [
        { name: 'a', slots: [0] },
        { name: 'b', slots: [0] },
      ],
      masterAddress: 'a',
      masterPort: 1,
      localAddress: 'a',
      runId: 'r',
      python: 'python',
    };
    const argv = ['accelerate', 'launch', '--num_machines', '2', '--num_processes', '2', 't.py'];
    const launcher = findLauncher(argv);
    expect(launcher.nodeCommand(launcher.read(argv, {}, '.'), placement)).toContain('--multi_gpu');
  });
});

describe('python, and files of arguments', () => {
  test('python train.py is one process', () => {
    const job = jobOf('python -u train.py --max_steps 3');
    expect(job.command.script).toEqual({ kind: 'file', target: 'train.py', args: ['--max_steps', '3'] });
    expect(makePlan(job)).toMatchObject({ worldSize: 1, master: null });
    expect(() => makePlan(jobOf('python train.py', {}, { nodes: 2 }))).toThrow(
      expect.objectContaining({ code: 'launcher-single-process' }) as Error,
    );
  });

  test('a single JSON or YAML file in place of options', () => {
    const json = jobOf('torchrun train.py a.json', {
      'a.json': '{"learning_rate": 1e-5, "bf16": true, "max_steps": null}',
    });
    expect(values(json)).toEqual({ learning_rate: 1e-5, bf16: true });
    const text = jobOf('torchrun train.py a.yaml', { 'a.yaml': 'learning_rate: 1.0e-5\n' });
    expect(text.training.learning_rate).toMatchObject({ value: 1e-5, location: { line: 1, column: 16 } });
  });

  test('train.args beside the script, and TRL’s --config', () => {
    const hf = 'from transformers import HfArgumentParser\n';
    const beside = jobOf('torchrun train.py --max_steps 5', {
      'train.py': hf,
      'train.args': '--learning_rate 1e-5\n--max_steps 4',
    });
    expect(values(beside)).toEqual({ learning_rate: 1e-5, max_steps: 5 });
    const trl = jobOf('torchrun train.py --config c.yaml --max_steps 5', {
      'train.py': 'from trl import TrlParser\n',
      'c.yaml': 'max_steps: 4\nlearning_rate: 1.0e-5\n',
    });
    expect(values(trl)).toEqual({ learning_rate: 1e-5, max_steps: 5 });
  });

  test('what cannot be read is said, and not guessed', () => {
    const job = jobOf('torchrun train.py --config c.yaml', { 'c.yaml': 'max_steps: 4\n' });
    expect(job.training).toEqual({});
    expect(job.unread).toEqual([
      { what: '--config c.yaml', why: 'rampcheck does not know which values the script reads from it' },
    ]);
    expect(jobOf('torchrun train.py gone.yaml').unread).toEqual([
      { what: 'gone.yaml', why: 'the file does not exist' },
    ]);
  });
});
