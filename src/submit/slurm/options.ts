import { choice, list, text, wholeNumber } from '../../command/kinds.ts';
import { option, type Values } from '../../command/option.ts';

/** What `submit --to slurm` takes besides the options of every batch job. */
export const slurmOptions = {
  login: option(text('host'), 'speak to Slurm through this login node, over ssh'),
  partition: option(text('name'), 'Slurm partition'),
  time: option(text('limit'), 'time limit, as sbatch takes it: 1-00:00:00'),
  account: option(text('name'), 'account that is charged'),
  qos: option(text('name'), 'quality of service'),
  constraint: option(text('expression'), 'node features'),
  reservation: option(text('name'), 'reservation'),
  mem: option(text('size'), 'memory per node'),
  cpusPerTask: option(text('n'), 'CPU cores per node'),
  sbatch: option(list(text('KEY=VALUE')), 'any other option of sbatch; may be repeated'),
  containerImage: option(text('image'), 'run in this image, with pyxis (srun --container-image)'),
  apptainer: option(text('image'), 'run in this image, with apptainer exec --nv'),
  containerMounts: option(text('mounts'), 'mounts of the container, as pyxis or apptainer take them'),
  containerWorkdir: option(text('dir'), 'working folder in the container'),
  requeueOn: option(
    choice(['node-lost'], 'end'),
    'node-lost: queue the job again when a node was lost (never after a violation)',
  ),
  warnBefore: option(
    wholeNumber(0, 'seconds'),
    'SIGUSR2 to every rank so long before the time limit; 0 for none',
    { default: 120 },
  ),
};

export type SlurmValues = Values<typeof slurmOptions>;
