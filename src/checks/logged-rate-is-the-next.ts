import type { Rule } from './finding.ts';
import { configValue, inConfig, trainerFills } from './read.ts';

export const loggedRateIsTheNext: Rule = {
  id: 'logged-rate-is-the-next',
  title: "The Trainer's log shows the next step's learning rate",
  severity: 'note',
  reads: 'whether the DeepSpeed config has an `optimizer` or a `scheduler`',
  why:
    'With either, DeepSpeed steps the scheduler inside the backward pass, before the Trainer reads the value that it logs: learning_rate at ' +
    'step g is the one that the following step will use. Nothing is wrong with the training; comparing logs by hand is what goes wrong.',
  fix: 'shift the logged values by one step, or let `rampcheck verify` do it',
  thread: 'https://github.com/huggingface/transformers/issues/35942',
  check(job) {
    const section = ['optimizer', 'scheduler'].find((key) => configValue(job, [key]));
    if (section === undefined || !trainerFills(job)) return [];
    return [
      {
        message: "the learning rate that the Trainer logs is the next step's",
        evidence: [inConfig(job, [section, 'type'], 'makes DeepSpeed step the scheduler')],
      },
    ];
  },
};
