import { asRecord } from '../job/scheduler-block.ts';
import type { Rule } from './finding.ts';
import { configValue, inConfig } from './read.ts';

export const deepspeedNumberInQuotes: Rule = {
  id: 'deepspeed-number-in-quotes',
  title: 'A number in the DeepSpeed config is in quotes',
  severity: 'error',
  reads: '`optimizer.params` and `scheduler.params`',
  why: 'In quotes it is a string in Python: the optimizer or the scheduler fails when it compares it with a number, or transformers reports a mismatch.',
  fix: 'write it without quotes',
  check(job) {
    return ['optimizer', 'scheduler'].flatMap((section) =>
      Object.entries(asRecord(configValue(job, [section, 'params'])))
        .filter(
          ([, value]) => typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)),
        )
        .map(([key, value]) => ({
          message: `${section}.params.${key} is the string ${JSON.stringify(value)}, not a number`,
          evidence: [inConfig(job, [section, 'params', key], 'is a string in Python')],
          repairs:
            job.deepspeed && job.deepspeed.path !== '--deepspeed'
              ? [
                  {
                    remedy: 'number',
                    edits: [
                      { file: job.deepspeed.path, path: [section, 'params', key], value: Number(value) },
                    ],
                  },
                ]
              : [],
        })),
    );
  },
};
