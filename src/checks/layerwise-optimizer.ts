import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const layerwiseOptimizer: Rule = {
  id: 'layerwise-optimizer',
  title: 'Layer-wise optimizers log a learning rate that no parameter uses',
  severity: 'warning',
  reads: '`optim`',
  why:
    'The *_layerwise optimizers update each parameter in its own hook, with separate schedulers; the Trainer sees a dummy optimizer at 1e-3, ' +
    'and logs the rate of the dummy.',
  fix: 'do not trust the logged learning rate, or use the optimizer without _layerwise',
  thread: 'https://github.com/huggingface/transformers/issues/31707',
  check({ training }) {
    const { optim } = training;
    if (!optim || !/_layerwise$/.test(optim.value)) return [];
    return [
      {
        message: `${optim.value}: the logged learning rate is that of a dummy optimizer`,
        evidence: [inCommand(optim, 'updates each layer in a separate optimizer')],
      },
    ];
  },
};
