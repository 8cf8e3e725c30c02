import { type Case, plain, type RuleCases } from './case.ts';

const hosts = 'worker-0 slots=8\nworker-1 slots=8\n';
const cluster = (line: string, more: Partial<Case> = {}): Case => ({
  line,
  ...more,
  files: { hosts, ...more.files },
});
const pdsh = (args = '', more: Partial<Case> = {}) =>
  cluster(`deepspeed --hostfile hosts train.py ${args}`.trim(), more);
const machine = 'compute_environment: LOCAL_MACHINE\ndistributed_type: MULTI_GPU\n';
const zero = 'compute_environment: LOCAL_MACHINE\ndistributed_type: DEEPSPEED\n';
const accelerated = (config: string, options = '', more: Partial<Case> = {}): Case => ({
  line: `accelerate launch --config_file acc.yaml ${options ? `${options} ` : ''}train.py`,
  ...more,
  files: { 'acc.yaml': config, 'ds.json': {}, hosts, ...more.files },
});
const script = (text: string, options = ''): Case => ({
  line: `deepspeed ${options}train.py --x 1`.replace('  ', ' '),
  files: { 'train.py': text },
});
const argparse =
  "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--x')\nargs = parser.parse_args()\n";
const axolotl = (text: string, more: Partial<Case> = {}): Case => ({
  line: 'axolotl train a.yml',
  ...more,
  files: {
    'a.yml': `learning_rate: 1e-5\nwarmup_steps: 5\n${text}`,
    'ds.json': { scheduler: { type: 'WarmupLR', params: {} } },
  },
});

export const launcherCases: Record<string, RuleCases> = {
  'accelerate-processes-do-not-divide': {
    fails: [
      cluster('accelerate launch --num_machines 8 --num_processes 12 train.py', { options: { nodes: 8 } }),
    ],
    clean: [
      cluster('accelerate launch --num_machines 2 --num_processes 16 train.py', { options: { nodes: 2 } }),
      accelerated(`${machine}num_processes: 3\n`),
    ],
  },
  'accelerate-one-process-a-machine': {
    fails: [
      accelerated(
        `${machine}num_machines: 2\nnum_processes: 2\ndeepspeed_config:\n  deepspeed_hostfile: hosts\n`,
      ),
    ],
    clean: [
      accelerated(
        `${machine}num_machines: 2\nnum_processes: 16\ndeepspeed_config:\n  deepspeed_hostfile: hosts\n`,
      ),
      accelerated(`${machine}num_machines: 2\nnum_processes: 2\n`, '', { options: { nodes: 2 } }),
      accelerated(`${machine}num_processes: 8\n`),
    ],
  },
  'accelerate-config-unknown-key': {
    fails: [accelerated(`${machine}zero_stage: 2\n`)],
    clean: [
      accelerated(`${machine}gpu_ids: all\nsame_network: true\n`),
      { line: 'accelerate launch train.py' },
    ],
  },
  'accelerate-config-doubled': {
    fails: [accelerated(`${zero}deepspeed_config:\n  deepspeed_config_file: ds.json\n  zero_stage: 3\n`)],
    clean: [
      accelerated(`${zero}deepspeed_config:\n  deepspeed_config_file: ds.json\n  zero3_init_flag: true\n`),
      accelerated(`${zero}deepspeed_config:\n  zero_stage: 3\n`),
    ],
  },
  'accelerate-accumulation-overridden': {
    fails: [
      accelerated(
        `${zero}deepspeed_config:\n  deepspeed_config_file: ds.json\n`,
        '--gradient_accumulation_steps 2',
        {
          files: { 'ds.json': { gradient_accumulation_steps: 4 } },
        },
      ),
    ],
    clean: [
      accelerated(
        `${zero}deepspeed_config:\n  deepspeed_config_file: ds.json\n`,
        '--gradient_accumulation_steps 4',
        {
          files: { 'ds.json': { gradient_accumulation_steps: 4 } },
        },
      ),
      accelerated(`${zero}deepspeed_config:\n  deepspeed_config_file: ds.json\n`, '', {
        files: { 'ds.json': { gradient_accumulation_steps: 4 } },
      }),
    ],
  },
  'one-host-runs-locally': {
    fails: [cluster('deepspeed --hostfile hosts --include worker-1 train.py')],
    clean: [
      cluster('deepspeed --hostfile hosts --include worker-1 --force_multi train.py'),
      pdsh(),
      cluster('torchrun --nnodes 1 train.py', { options: { hostfile: 'hosts' } }),
    ],
  },
  'environment-not-passed': {
    fails: [pdsh('', { env: { HF_HOME: '/data', PATH: '/bin' } })],
    clean: [
      pdsh('', { env: { PATH: '/bin', NCCL_DEBUG: 'INFO', CUDA_HOME: '/usr' } }),
      pdsh('', { env: { HF_HOME: '/data' }, options: { env: { HF_HOME: '/data' } } }),
      plain('', { env: { HF_HOME: '/data' } }),
    ],
  },
  'pdsh-mangles-arguments': {
    fails: [pdsh('--lr_scheduler_kwargs {"num_cycles":0.5}'), pdsh('--name $HOME')],
    clean: [
      pdsh('--learning_rate 1e-5 --output_dir=/out/run-1'),
      cluster('deepspeed --num_gpus 2 train.py --name $HOME'),
      cluster('torchrun train.py --name $HOME', { options: { hostfile: 'hosts' } }),
    ],
  },
  'deepspeed-env-file': {
    fails: [pdsh('', { files: { '.deepspeed_env': 'A=1\n\n# note\n' } })],
    clean: [pdsh('', { files: { '.deepspeed_env': 'A=1\nB=c=d\n' } }), pdsh()],
  },
  'stray-pet-variables': {
    fails: [plain('', { env: { PET_NNODES: '1', PET_TEE: '3' } })],
    clean: [
      { line: 'torchrun --nnodes=1 train.py', env: { PET_NNODES: '1' } },
      { line: 'deepspeed train.py', env: { PET_NNODES: '2' } },
      plain(''),
    ],
  },
  'standalone-with-many-nodes': {
    fails: [{ line: 'torchrun --standalone --nnodes 2 train.py', options: { nodes: 2 } }],
    clean: [
      { line: 'torchrun --standalone --nnodes 1 train.py' },
      { line: 'torchrun --nnodes 2 train.py', options: { nodes: 2 } },
    ],
  },
  'master-address-loopback': {
    fails: [cluster('torchrun --master-addr 127.0.0.1 train.py', { options: { hostfile: 'hosts' } })],
    clean: [
      cluster('torchrun --master-addr 10.0.0.1 train.py', { options: { hostfile: 'hosts' } }),
      { line: 'torchrun --master-addr 127.0.0.1 train.py', options: { nodes: 2 } },
    ],
  },
  'launcher-option-given-twice': {
    fails: [{ line: 'torchrun --nproc-per-node 2 --nproc_per_node=4 train.py' }],
    clean: [{ line: 'torchrun --nproc-per-node 2 --nproc_per_node=2 train.py' }],
  },
  'local-rank-refused': {
    fails: [script(argparse)],
    clean: [
      script(argparse, '--no_local_rank '),
      script(`${argparse}# local_rank\n`),
      script('from transformers import HfArgumentParser\n'),
      { ...script(argparse), line: 'torchrun train.py --x 1' },
    ],
  },
  'uneven-slots': {
    fails: [cluster('deepspeed --hostfile odd train.py', { files: { odd: 'a slots=4\nb slots=8\n' } })],
    clean: [
      cluster('deepspeed --hostfile odd train.py', { files: { odd: 'a slots=8\nb slots=4\n' } }),
      cluster('torchrun train.py', {
        options: { hostfile: 'odd' },
        files: { odd: 'a slots=4\nb slots=8\n' },
      }),
    ],
  },
  'more-ranks-than-devices': {
    fails: [{ line: 'torchrun --nproc-per-node 4 train.py', env: { CUDA_VISIBLE_DEVICES: '0,1' } }],
    clean: [
      { line: 'torchrun --nproc-per-node 2 train.py', env: { CUDA_VISIBLE_DEVICES: '0,1' } },
      { line: 'torchrun --nproc-per-node 2 train.py', env: { CUDA_VISIBLE_DEVICES: '' } },
      { line: 'torchrun --nproc-per-node 2 train.py --use_cpu True', env: { CUDA_VISIBLE_DEVICES: '0' } },
      { line: 'deepspeed --num_gpus 4 train.py', env: { CUDA_VISIBLE_DEVICES: '0,1' } },
    ],
  },
  'llamafactory-master-port': {
    fails: [
      {
        line: 'llamafactory-cli train a.yaml',
        files: { 'a.yaml': 'learning_rate: 1e-5\n' },
        env: { NNODES: '2', NPROC_PER_NODE: '8' },
        options: { nodes: 2 },
      },
    ],
    clean: [
      {
        line: 'llamafactory-cli train a.yaml',
        files: { 'a.yaml': 'learning_rate: 1e-5\n' },
        env: { NNODES: '2', MASTER_PORT: '29500' },
        options: { nodes: 2 },
      },
      { line: 'llamafactory-cli train a.yaml', files: { 'a.yaml': 'learning_rate: 1e-5\n' } },
    ],
  },
  'axolotl-rendezvous-id': {
    fails: [
      axolotl('', {
        line: 'axolotl train a.yml --launcher torchrun -- --nproc_per_node 8 --rdzv_endpoint h:1',
      }),
    ],
    clean: [
      axolotl('', { line: 'axolotl train a.yml --launcher torchrun -- --rdzv_endpoint h:1 --rdzv_id x' }),
      axolotl(''),
    ],
  },
  'axolotl-extras-dropped': {
    fails: [axolotl('deepspeed: ds.json\ncosine_min_lr_ratio: 0.1\n')],
    clean: [
      axolotl('deepspeed: ds.json\n'),
      axolotl('cosine_min_lr_ratio: 0.1\n'),
      axolotl('deepspeed: ds.json\ncosine_min_lr_ratio:\n'),
    ],
  },
  'swift-max-epochs': {
    fails: [
      { line: 'swift sft --max_epochs 1' },
      { line: 'swift rlhf args.yaml', files: { 'args.yaml': 'rlhf_type: dpo\nmax_epochs: 2\n' } },
      { line: 'torchrun --nproc-per-node 2 -m swift.cli.pt --max_epochs 1 --learning_rate 1e-5' },
      { line: 'swift sft --num_train_epochs 10 --max_epochs 4', severity: 'warning' },
    ],
    clean: [
      { line: 'swift sft --num_train_epochs 1' },
      { line: 'swift sft --max_epochs 3' },
      { line: 'swift sft --num_train_epochs 1 --max_epochs 1' },
      // A stream has no epochs to count: max_steps makes the schedule.
      { line: 'swift sft --streaming true --max_steps 900 --max_epochs 1' },
      plain('--max_epochs 1'),
    ],
  },
  'swift-warmup-refused': {
    fails: [
      { line: 'swift sft --warmup_ratio 1.5' },
      { line: 'swift sft --warmup_ratio 0.1 --warmup_steps 5' },
    ],
    clean: [{ line: 'swift sft --warmup_ratio 0.1' }, plain('--warmup_ratio 0.1 --warmup_steps 5')],
  },
};
