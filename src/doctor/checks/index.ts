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

/** All checks of doctor, in the order in which they are printed. To add one, write its file and add a line here. */
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

/** What would make every rank fail at once: checked before every launch, in one round trip. */
export const essential: readonly Check[] = [directory, files, program];
