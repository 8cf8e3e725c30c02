import type { TrainingArguments } from '../job/training-arguments.ts';
import { exactRate } from '../rate.ts';
import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const numberIsText: Rule = {
  id: 'number-is-text',
  title: 'A number in a file of arguments is a text to Python',
  severity: 'error',
  reads: 'the numbers of a JSON or YAML file that HfArgumentParser reads',
  why:
    'YAML 1.1, and with it PyYAML, reads 1e-4 as a text: a float needs a point and a signed exponent there. HfArgumentParser does not convert what a file ' +
    "holds, and the optimizer fails with \"'<=' not supported between instances of 'float' and 'str'\". LLaMA-Factory and axolotl convert it.",
  fix: 'write 1.0e-4',
  check({ training, frontEnd, settings }) {
    // TRL hands the file's values to argparse, which converts texts.
    const trl = settings.some(({ name, source }) => name === 'config' && source === 'command');
    if (frontEnd !== undefined || trl) return [];
    return Object.entries(training as Record<string, TrainingArguments['learning_rate']>).flatMap(
      ([name, stated]) => {
        if (!stated?.asText) return [];
        const text = exactRate(stated.value);
        return [
          {
            message: `${name} is a text to Python, not the number ${text}`,
            evidence: [inCommand(stated, 'is read as a text')],
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

/** The name as the file has it: "learning_rate: 1e-4". */
function keyOf(text: string): string {
  return text.slice(0, text.indexOf(':'));
}
