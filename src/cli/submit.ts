import type { CommandDefinition } from '../command/command.ts';
import { oneOf, repeated, wholeNumber } from '../command/values.ts';
import { kubernetesOptions } from '../submit/kubernetes/options.ts';
import { jobOptions } from './options.ts';

export const submit: CommandDefinition = {
  name: 'submit',
  summary: 'the same run as a batch job: queued, held until proven, ended with 93 when it is not',
  takesCommand: true,
  options: [
    {
      flags: '--to <engine>',
      description: 'slurm or kubernetes',
      parse: oneOf('--to', ['slurm', 'kubernetes']),
    },
    { flags: '--dry-run', description: 'print the script or manifest, and do nothing else' },
    { flags: '--test-only', description: 'let the engine check the job, and queue nothing' },
    {
      flags: '--array <run-file>',
      description: 'a run file, in place of a command; with several, a job array of their runs',
      parse: repeated,
    },
    ...jobOptions.filter(({ flags }) => !flags.startsWith('--on ')),
    { flags: '--login <host>', description: 'speak to Slurm through this login node, over ssh' },
    { flags: '--partition <name>', description: 'Slurm partition' },
    { flags: '--time <limit>', description: 'time limit, as sbatch takes it: 1-00:00:00' },
    { flags: '--account <name>', description: 'account that is charged' },
    { flags: '--qos <name>', description: 'quality of service' },
    { flags: '--constraint <expression>', description: 'node features' },
    { flags: '--reservation <name>', description: 'reservation' },
    { flags: '--mem <size>', description: 'memory per node' },
    { flags: '--cpus-per-task <n>', description: 'CPU cores per node' },
    {
      flags: '--gpus-per-node <n>',
      description: 'GPUs per node: as many as ranks',
      parse: wholeNumber('--gpus-per-node', 1),
    },
    { flags: '--job-name <name>', description: "the job's name (default: the script's)" },
    {
      flags: '--sbatch <KEY=VALUE>',
      description: 'any other option of sbatch; may be repeated',
      parse: repeated,
    },
    {
      flags: '--container-image <image>',
      description: 'run in this image, with pyxis (srun --container-image)',
    },
    { flags: '--apptainer <image>', description: 'run in this image, with apptainer exec --nv' },
    {
      flags: '--container-mounts <mounts>',
      description: 'mounts of the container, as pyxis or apptainer take them',
    },
    { flags: '--container-workdir <dir>', description: 'working folder in the container' },
    { flags: '--python <program>', description: 'Python 3.9 or later on the nodes', default: 'python3' },
    {
      flags: '--requeue-on <end>',
      description: 'node-lost: queue the job again when a node was lost (never after a violation)',
      parse: oneOf('--requeue-on', ['node-lost']),
    },
    {
      flags: '--warn-before <seconds>',
      description: 'SIGUSR2 to every rank so long before the time limit; 0 for none',
      default: 120,
      parse: wholeNumber('--warn-before', 0),
    },
    ...kubernetesOptions,
    {
      flags: '--expect <curve>',
      description: 'what the learning rate should do; wins over what the command says',
      parse: repeated,
    },
    {
      flags: '--on-mismatch <action>',
      description: 'abort or warn when the learning rate is not the expected one',
      default: 'abort',
      parse: oneOf('--on-mismatch', ['abort', 'warn']),
    },
    {
      flags: '--after-release <action>',
      description: 'warn, abort or off when the learning rate leaves its curve after the release',
      default: 'warn',
      parse: oneOf('--after-release', ['warn', 'abort', 'off']),
    },
    {
      flags: '--start-step <s>',
      description: 'optimizer step at which a resumed run starts, when only you know it',
      parse: wholeNumber('--start-step', 0),
    },
    { flags: '--run-dir <dir>', description: "the run's folder, on a file system that every node shares" },
    { flags: '--no-check', description: 'queue even when check finds a schedule violation' },
    { flags: '--no-projection', description: 'judge by observed steps alone' },
  ],
  examples: [
    'rampcheck submit --to kubernetes --image train:1 --nodes 8 --gpus-per-node 8 --queue h100 -- torchrun --nproc-per-node 8 finetune.py …',
    'rampcheck submit --to slurm --nodes 8 --gpus-per-node 8 --time 1-0 -- torchrun --nproc-per-node 8 finetune.py …',
    'rampcheck submit --to slurm --dry-run --nodes 8 --partition gpu -- deepspeed --num_gpus 8 finetune.py …',
    'rampcheck submit --to slurm --array lr-1e-5.yaml --array lr-2e-5.yaml --gpus-per-node 8',
  ],
  load: async () => (await import('./submit-run.ts')).submitRun,
};
