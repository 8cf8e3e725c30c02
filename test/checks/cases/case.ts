import type { Severity } from '../../../src/checks/finding.ts';
import type { JobOptions } from '../../../src/read/read-job.ts';

/** One command with its files: what a rule must, or must not, say something of. */
export interface Case {
  line: string;
  /** Texts, or objects that are written as JSON; ds.json is named by `--deepspeed ds.json` in the line. */
  files?: Record<string, string | object | Buffer>;
  env?: Record<string, string>;
  options?: JobOptions;
  /** The severity that is expected, where the rule has several. */
  severity?: Severity;
}

export interface RuleCases {
  fails: Case[];
  clean: Case[];
}

const lr = '--learning_rate 1e-5';

/** A Trainer under torchrun with a DeepSpeed config. */
export function withConfig(config: object | string, args = '', more: Partial<Case> = {}): Case {
  const { files, ...rest } = more;
  return {
    line: `torchrun --nproc-per-node 2 train.py --deepspeed ds.json ${lr}${args ? ` ${args}` : ''}`,
    files: { 'ds.json': config, ...files },
    ...rest,
  };
}

/** The same with a scheduler block. */
export function withScheduler(type: string, params: object, args = '', more: Partial<Case> = {}): Case {
  return withConfig({ zero_optimization: { stage: 2 }, scheduler: { type, params } }, args, more);
}

/** A Trainer under torchrun, without DeepSpeed. */
export function plain(args: string, more: Partial<Case> = {}): Case {
  return { line: `torchrun --nproc-per-node 2 train.py ${args}`, ...more };
}

/** A script that reads its arguments with HfArgumentParser. */
export const parser = { 'train.py': 'from transformers import HfArgumentParser, TrainingArguments\n' };
