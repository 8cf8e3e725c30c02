import { command } from '../command/command.ts';
import { curveOptions } from './options.ts';

export const curve = command({
  name: 'curve',
  summary: 'show the learning rate that a schedule uses, step by step, as its library computes it',
  arguments: '<schedule>',
  takesCommand: false,
  options: curveOptions,
  examples: [
    `rampcheck curve transformers:cosine --lr 1e-5 --params '{"num_warmup_steps": 10, "num_training_steps": 100}'`,
    `rampcheck curve transformers:cosine --lr 1e-5 --params '{"num_warmup_steps": 10, "num_training_steps": 100}' --compare deepspeed:WarmupCosineLR`,
    'rampcheck curve @curve.json --table',
  ],
  load: async () => (await import('./curve-run.ts')).runCurve,
});
