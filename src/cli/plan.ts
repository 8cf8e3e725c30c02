import { command } from '../command/command.ts';
import { planOptions } from './options.ts';

export const plan = command({
  name: 'plan',
  summary:
    "show each node's command, the step arithmetic and the expected learning rate, or write them to files; starts nothing",
  takesCommand: true,
  options: planOptions,
  examples: [
    'rampcheck plan --hostfile hosts --samples 100000 -- deepspeed finetune.py --deepspeed ds_config.json …',
    'rampcheck plan --emit commands --output commands --hostfile hosts -- torchrun --nproc-per-node 8 finetune.py …',
    'rampcheck plan --nodes 2 -- torchrun --nproc-per-node 1 finetune.py --max_steps 500 …',
  ],
  load: async () => (await import('./plan-run.ts')).planRun,
});
