import { jobSet } from './jobset.ts';
import type { Kind } from './kind.ts';
import type { KindName } from './options.ts';
import { pytorchJob } from './pytorch-job.ts';
import { trainJob } from './train-job.ts';

/** Every kind. To add one, write its file and add a line here. */
export const kinds: Readonly<Record<KindName, Kind>> = {
  jobset: jobSet,
  trainjob: trainJob,
  pytorchjob: pytorchJob,
};
