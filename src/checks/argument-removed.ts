import type { Rule } from './finding.ts';
import { atLeast, inCommand, parsesStrictly, scriptMentions } from './read.ts';
import { removedArguments } from './training-argument-names.ts';

export const argumentRemoved: Rule = {
  id: 'argument-removed',
  title: 'The installed transformers no longer has this argument',
  severity: 'error',
  reads: "the command's options, the script's text and the installed transformers",
  why: 'HfArgumentParser refuses arguments that no dataclass declares: the run ends on every rank before the model is loaded. The learning rate is not affected.',
  fix: 'use its replacement',
  check(job) {
    if (!parsesStrictly(job)) return [];
    return job.settings.flatMap((setting) => {
      const removed = Object.hasOwn(removedArguments, setting.name)
        ? removedArguments[setting.name]
        : undefined;
      if (
        !removed ||
        scriptMentions(job, setting.name) ||
        atLeast(job, 'transformers', removed.gone) !== true
      )
        return [];
      return [
        {
          message: `transformers ${job.versions.transformers} has no --${setting.name}`,
          evidence: [inCommand(setting, 'is refused when the arguments are read')],
          fix: [`write ${removed.instead}`],
        },
      ];
    });
  },
};
