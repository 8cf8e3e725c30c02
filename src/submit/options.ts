import { flag, path, text, wholeNumber } from '../command/kinds.ts';
import { option, type Values } from '../command/option.ts';

/** Options that every batch engine takes. */
export const batchOptions = {
  dryRun: flag('only print the script or manifest'),
  testOnly: flag('only let the engine check the job'),
  gpusPerNode: option(wholeNumber(1), 'GPUs per node, one per rank'),
  jobName: option(text('name'), "name of the job (default: the script's name)"),
  python: option(path('program'), 'Python 3.9 or later on the nodes', { default: 'python3' }),
};

export type BatchValues = Values<typeof batchOptions>;
