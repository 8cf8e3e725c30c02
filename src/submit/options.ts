import { flag, path, text, wholeNumber } from '../command/kinds.ts';
import { option, type Values } from '../command/option.ts';

/** Options that every batch engine takes. */
export const batchOptions = {
  dryRun: flag('print the script or manifest, and do nothing else'),
  testOnly: flag('let the engine check the job, and queue nothing'),
  gpusPerNode: option(wholeNumber(1), 'GPUs per node: as many as ranks'),
  jobName: option(text('name'), "the job's name (default: the script's)"),
  python: option(path('program'), 'Python 3.9 or later on the nodes', { default: 'python3' }),
};

export type BatchValues = Values<typeof batchOptions>;
