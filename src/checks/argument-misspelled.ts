import { distance, nearest } from '../nearest.ts';
import type { Rule } from './finding.ts';
import { inCommand, scriptMentions } from './read.ts';
import { trainingArgumentNames } from './training-argument-names.ts';

/** Names that decide the learning rate, and that a typing error would leave at their defaults. */
const deciding = [
  'learning_rate',
  'lr_scheduler_type',
  'lr_scheduler_kwargs',
  'warmup_steps',
  'warmup_ratio',
  'max_steps',
  'num_train_epochs',
  'per_device_train_batch_size',
  'gradient_accumulation_steps',
];

export const argumentMisspelled: Rule = {
  id: 'argument-misspelled',
  title: 'An option that is nearly one which decides the learning rate',
  severity: 'warning',
  reads: "the command's options, and the script's text",
  why:
    'A script that passes over what it does not know (parse_known_args, a front-end, a config that is merged) trains with the default instead: ' +
    'linear in place of cosine, 5e-5 in place of 1e-5. One that does not ends at once.',
  fix: 'correct the name',
  check(job) {
    // A module's own options are not known.
    if (job.scriptText === undefined && job.frontEnd === undefined) return [];
    return job.settings.flatMap((setting) => {
      const { name } = setting;
      if (trainingArgumentNames.includes(name) || name.length < 8 || scriptMentions(job, name)) return [];
      const [meant] = nearest(name, deciding, 1);
      if (meant === undefined || distant(name, meant)) return [];
      return [
        {
          message: `--${name} is no argument of the Trainer: is ${meant} meant?`,
          evidence: [inCommand(setting, `leaves ${meant} as it is`)],
          fix: [`write --${meant}`],
        },
      ];
    });
  },
};

/** More than a typing error: another length, another beginning, or more than two letters. */
function distant(name: string, meant: string): boolean {
  return (
    Math.abs(name.length - meant.length) > 2 ||
    name[0] !== meant[0] ||
    /eval/.test(name) ||
    distance(name, meant) > 2
  );
}
