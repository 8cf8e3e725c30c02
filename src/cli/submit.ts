import { command } from '../command/command.ts';
import { submitOptions } from './options.ts';

export const submit = command({
  name: 'submit',
  summary:
    'the same run as a batch job: queued, held until proven, ended with 93 if it violates the schedule',
  takesCommand: true,
  options: submitOptions,
  examples: [
    'rampcheck submit --to kubernetes --image train:1 --nodes 8 --gpus-per-node 8 --queue h100 -- torchrun --nproc-per-node 8 finetune.py …',
    'rampcheck submit --to slurm --nodes 8 --gpus-per-node 8 --time 1-0 -- torchrun --nproc-per-node 8 finetune.py …',
    'rampcheck submit --to slurm --dry-run --nodes 8 --partition gpu -- deepspeed --num_gpus 8 finetune.py …',
    'rampcheck submit --to slurm --array lr-1e-5.yaml --array lr-2e-5.yaml --gpus-per-node 8',
  ],
  load: async () => (await import('./submit-run.ts')).submitRun,
});
