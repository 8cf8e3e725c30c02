import { distance, nearest } from '../nearest.ts';
import type { Rule } from './finding.ts';
import { inCommand, scriptMentions } from './read.ts';
import { trainingArgumentNames } from './training-argument-names.ts';

/** Names that decide the learning rate: a typing error would leave them at their defaults. */
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
  title: 'An option looks like a misspelling of one that decides the learning rate',
  severity: 'warning',
  reads: "the command's options, and the script's text",
  why:
    'A script that ignores unknown options (parse_known_args, a front-end, a merged config) trains with the default instead: ' +
    'linear instead of cosine, 5e-5 instead of 1e-5. Any other script ends at once.',
  fix: 'correct the name',
  check(job) {
    // The options of a module are not known.
    if (job.scriptText === undefined && job.frontEnd === undefined) return [];
    return job.settings.flatMap((setting) => {
      const { name } = setting;
      if (trainingArgumentNames.includes(name) || name.length < 8 || scriptMentions(job, name)) return [];
      const [meant] = nearest(name, deciding, 1);
      if (meant === undefined || distant(name, meant)) return [];
      return [
        {
          message: `--${name} is not an argument of the Trainer: did you mean ${meant}?`,
          evidence: [inCommand(setting, `leaves ${meant} unchanged`)],
          fix: [`write --${meant}`],
        },
      ];
    });
  },
};

/** Returns whether two names differ by more than a typing error: in length, in the first letter, or in more than two letters. */
function distant(name: string, meant: string): boolean {
  return (
    Math.abs(name.length - meant.length) > 2 ||
    name[0] !== meant[0] ||
    /eval/.test(name) ||
    distance(name, meant) > 2
  );
}
