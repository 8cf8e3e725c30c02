import type { Rule } from './finding.ts';
import { configValue, inConfig, trainerFills } from './read.ts';

export const loggedRateIsTheNext: Rule = {
  id: 'logged-rate-is-the-next',
  title: "The Trainer's log shows the next step's learning rate",
  severity: 'note',
  reads: 'whether the DeepSpeed config has an `optimizer` or a `scheduler`',
  why:
    'With either, DeepSpeed steps the scheduler inside the backward pass, before the Trainer reads the value that it logs: the learning_rate logged at ' +
    'step g is the one that step g+1 will use. The training is correct; only a comparison of logs by hand goes wrong.',
  fix: 'shift the logged values by one step, or let `rampcheck verify` do it',
  thread: 'https://github.com/huggingface/transformers/issues/35942',
  check(job) {
    const section = ['optimizer', 'scheduler'].find((key) => configValue(job, [key]));
    if (section === undefined || !trainerFills(job)) return [];
    return [
      {
        message: 'the Trainer logs the learning rate of the next step',
        evidence: [inConfig(job, [section, 'type'], 'makes DeepSpeed step the scheduler')],
      },
    ];
  },
};
