import type { Check } from '../check.ts';
import { clock } from './clock.ts';
import { directory } from './directory.ts';
import { disk } from './disk.ts';
import { files } from './files.ts';
import { gpuHealth } from './gpu-health.ts';
import { gpus } from './gpus.ts';
import { limits } from './limits.ts';
import { master } from './master.ts';
import { memory } from './memory.ts';
import { network } from './network.ts';
import { program } from './program.ts';
import { reach } from './reach.ts';
import { versions } from './versions.ts';

/** Everything that doctor looks at, in the order it is told. Adding one is a file and a line here. */
export const checks: readonly Check[] = [
  reach,
  directory,
  files,
  program,
  versions,
  gpus,
  gpuHealth,
  memory,
  disk,
  clock,
  limits,
  master,
  network,
];

/** What would make every rank fail at once: looked at before a launch, in the time of one round trip. */
export const essential: readonly Check[] = [directory, files, program];
