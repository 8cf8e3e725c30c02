import type { Rule } from './finding.ts';
import { inCommand, scriptMentions } from './read.ts';
import { trainingArgumentNames } from './training-argument-names.ts';

/** argparse accepts any unambiguous prefix of an option (allow_abbrev). */
export const argumentAbbreviated: Rule = {
  id: 'argument-abbreviated',
  title: 'An option is abbreviated: argparse completes it or refuses it',
  severity: 'warning',
  reads: "the command's options, and the script's text",
  why:
    'Depending on the Python version, argparse completes --learning to --learning_rate, or refuses it because --learning-rate has the same prefix. ' +
    'rampcheck does not read abbreviations, and neither do launchers and log readers.',
  fix: 'write the full name',
  check(job) {
    // The options of a module are not known.
    if (job.scriptText === undefined && job.frontEnd === undefined) return [];
    return job.settings.flatMap((setting) => {
      const { name, source } = setting;
      if (source !== 'command' || trainingArgumentNames.includes(name) || name.length < 4) return [];
      if (scriptMentions(job, name) || job.frontEnd !== undefined) return [];
      const matches = trainingArgumentNames.filter((known) => known.startsWith(name));
      const [meant] = matches;
      if (meant === undefined || matches.length > 1) return [];
      return [
        {
          message: `--${name} may be short for --${meant}: argparse completes it or refuses it, and rampcheck does not read it`,
          evidence: [inCommand(setting, 'is an abbreviation')],
          fix: [`write --${meant}`],
        },
      ];
    });
  },
};
