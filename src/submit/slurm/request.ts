import { flagOf } from '../../command/option.ts';
import { RampcheckError } from '../../errors.ts';
import type { BatchValues } from '../options.ts';
import { type SlurmValues, slurmOptions } from './options.ts';

/** The request to Slurm, in addition to the job. */
export interface SlurmRequest {
  jobName: string;
  /** #SBATCH lines by their long names, in order: from options of submit, and from --sbatch KEY=VALUE. */
  directives: readonly [string, string | undefined][];
  gpusPerNode: number | undefined;
  partition: string | undefined;
  /** Container flags of the srun that starts the agents. */
  srun: readonly string[];
  /** Arguments before the agent's Python in the task: apptainer exec … */
  wrapper: readonly string[];
  /** Python 3.9 or later on the nodes. */
  python: string;
  requeueOnNodeLost: boolean;
  /** How long before the time limit the ranks get USR2 (seconds). */
  warnSeconds: number;
}

/** Options with an #SBATCH line of the same name. */
const PLAIN = [
  'partition',
  'time',
  'account',
  'qos',
  'constraint',
  'reservation',
  'mem',
  'cpusPerTask',
] as const;

/** Options that rampcheck sets itself: another value would break the run. */
const OURS = [
  'nodes',
  'ntasks',
  'ntasks-per-node',
  'output',
  'error',
  'open-mode',
  'signal',
  'requeue',
  'no-requeue',
];

/**
 * Converts the options of the command line to a request.
 *
 * @throws RampcheckError `bad-option` for options that contradict the plan.
 */
export function readRequest(options: BatchValues & SlurmValues, fallbackName: string): SlurmRequest {
  const { gpusPerNode, containerImage, apptainer } = options;
  const plain = PLAIN.flatMap((name): [string, string][] => {
    const value = options[name];
    return value === undefined ? [] : [[flagOf(name, slurmOptions[name]).slice(2), value]];
  });
  const own = (options.sbatch ?? []).map(readDirective);
  if (containerImage !== undefined && apptainer !== undefined) {
    throw new RampcheckError('bad-option', '--container-image (pyxis) and --apptainer cannot be combined', {
      hint: 'use one of them',
    });
  }
  return {
    // The file name of a script may contain any character.
    jobName: options.jobName ?? fallbackName.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '_'),
    directives: [
      ...plain,
      ...(gpusPerNode === undefined ? [] : [['gpus-per-node', String(gpusPerNode)] as [string, string]]),
      ...own,
    ],
    gpusPerNode,
    partition: options.partition ?? own.find(([name]) => name === 'partition')?.[1],
    srun: containerImage === undefined ? [] : pyxis(containerImage, options),
    wrapper: apptainer === undefined ? [] : ['apptainer', 'exec', '--nv', ...mounts(options), apptainer],
    python: options.python,
    requeueOnNodeLost: options.requeueOn === 'node-lost',
    warnSeconds: options.warnBefore,
  };
}

function pyxis(image: string, { containerMounts: binds, containerWorkdir: workdir }: SlurmValues): string[] {
  return [
    `--container-image=${image}`,
    ...(binds === undefined ? [] : [`--container-mounts=${binds}`]),
    ...(workdir === undefined ? [] : [`--container-workdir=${workdir}`]),
  ];
}

function mounts({ containerMounts: binds, containerWorkdir: workdir }: SlurmValues): string[] {
  return [
    ...(binds === undefined ? [] : ['--bind', binds]),
    ...(workdir === undefined ? [] : ['--pwd', workdir]),
  ];
}

function readDirective(text: string): [string, string | undefined] {
  const [, name = '', value] = /^(?:--)?([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (name === '' || /[\r\n]/.test(text)) {
    throw new RampcheckError(
      'bad-option',
      `--sbatch needs an option of sbatch as KEY or KEY=VALUE, not '${text}'`,
    );
  }
  if (OURS.includes(name)) {
    throw new RampcheckError('bad-option', `--sbatch ${name}: rampcheck sets this itself, from the plan`, {
      hint: name === 'nodes' ? 'use --nodes' : 'leave it out',
    });
  }
  return [name, value];
}
