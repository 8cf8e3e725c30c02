import type { Rule } from './finding.ts';

export const deepspeedDuplicateKey: Rule = {
  id: 'deepspeed-duplicate-key',
  title: 'A key appears twice in the DeepSpeed config',
  severity: 'warning',
  reads: 'the names in every object of the DeepSpeed config',
  why: 'Python keeps the last of two equal keys, so transformers and accelerate read the file that way; DeepSpeed itself refuses it.',
  fix: 'remove the one that you do not want',
  check({ deepspeed }) {
    return (deepspeed?.duplicates ?? []).map(({ name, location, line }) => ({
      message: `"${name}" appears twice in the same object: the last one is used`,
      evidence: [{ location, text: `"${name}"`, means: 'is the second one', line }],
    }));
  },
};
