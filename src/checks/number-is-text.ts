import type { TrainingArguments } from '../job/training-arguments.ts';
import { exactRate } from '../rate.ts';
import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const numberIsText: Rule = {
  id: 'number-is-text',
  title: 'Python reads a number in the arguments file as a string',
  severity: 'error',
  reads: 'the numbers of a JSON or YAML file that HfArgumentParser reads',
  why:
    'YAML 1.1, and so PyYAML, reads 1e-4 as a string: a float needs a decimal point and a signed exponent. HfArgumentParser does not convert the values of a file, ' +
    "and the optimizer fails with \"'<=' not supported between instances of 'float' and 'str'\". LLaMA-Factory and axolotl convert them.",
  fix: 'write 1.0e-4',
  check({ training, frontEnd, settings }) {
    // TRL passes the values of the file to argparse, which converts strings.
    const trl = settings.some(({ name, source }) => name === 'config' && source === 'command');
    if (frontEnd !== undefined || trl) return [];
    return Object.entries(training as Record<string, TrainingArguments['learning_rate']>).flatMap(
      ([name, stated]) => {
        if (!stated?.asText) return [];
        const text = exactRate(stated.value);
        return [
          {
            message: `${name} is a string in Python, not the number ${text}`,
            evidence: [inCommand(stated, 'is read as a string')],
            repairs: stated.location
              ? [
                  {
                    remedy: 'number',
                    edits: [{ file: stated.location.file, path: [keyOf(stated.text)], value: stated.value }],
                  },
                ]
              : [],
            fix: [`write ${name}: ${/\./.test(text) ? text : text.replace('e', '.0e')}`],
          },
        ];
      },
    );
  },
};

/** The name as it is written in the file: "learning_rate: 1e-4". */
function keyOf(text: string): string {
  return text.slice(0, text.indexOf(':'));
}
