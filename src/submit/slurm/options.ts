import { choice, list, text, wholeNumber } from '../../command/kinds.ts';
import { option, type Values } from '../../command/option.ts';

/** Options of `submit --to slurm`, in addition to those of every batch job. */
export const slurmOptions = {
  login: option(text('host'), "run Slurm's commands on this login node, over ssh"),
  partition: option(text('name'), 'Slurm partition'),
  time: option(text('limit'), 'time limit in the form of sbatch: 1-00:00:00'),
  account: option(text('name'), 'account to charge'),
  qos: option(text('name'), 'quality of service'),
  constraint: option(text('expression'), 'node features'),
  reservation: option(text('name'), 'reservation'),
  mem: option(text('size'), 'memory per node'),
  cpusPerTask: option(text('n'), 'CPU cores per node'),
  sbatch: option(list(text('KEY=VALUE')), 'any other option of sbatch; may be repeated'),
  containerImage: option(text('image'), 'run in this image, with pyxis (srun --container-image)'),
  apptainer: option(text('image'), 'run in this image, with apptainer exec --nv'),
  containerMounts: option(text('mounts'), 'mounts of the container, in the form of pyxis or apptainer'),
  containerWorkdir: option(text('dir'), 'working folder in the container'),
  requeueOn: option(
    choice(['node-lost'], 'end'),
    'node-lost: requeue the job if a node was lost (never after a violation)',
  ),
  warnBefore: option(
    wholeNumber(0, 'seconds'),
    'send SIGUSR2 to every rank this long before the time limit; 0 for none',
    { default: 120 },
  ),
};

export type SlurmValues = Values<typeof slurmOptions>;
