import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const layerwiseOptimizer: Rule = {
  id: 'layerwise-optimizer',
  title: 'Layer-wise optimizers log a learning rate that nobody uses',
  severity: 'warning',
  reads: '`optim`',
  why:
    'The *_layerwise optimizers update each parameter in its own hook, with schedulers of their own; the Trainer sees a dummy optimizer whose rate is 1e-3. ' +
    "What it logs is the dummy's.",
  fix: 'do not trust the logged learning rate, or use the optimizer without _layerwise',
  thread: 'https://github.com/huggingface/transformers/issues/31707',
  check({ training }) {
    const { optim } = training;
    if (!optim || !/_layerwise$/.test(optim.value)) return [];
    return [
      {
        message: `${optim.value}: the logged learning rate is that of a dummy optimizer`,
        evidence: [inCommand(optim, 'updates each layer by itself')],
      },
    ];
  },
};
