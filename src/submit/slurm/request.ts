import { RampcheckError } from '../../errors.ts';

/** What `submit --to slurm` is asked for, besides the job. */
export interface SlurmRequest {
  jobName: string;
  /** #SBATCH lines by their long name, in order: what has an option of its own, and --sbatch KEY=VALUE. */
  directives: readonly [string, string | undefined][];
  gpusPerNode: number | undefined;
  partition: string | undefined;
  /** Flags of the srun that starts the agents: containers. */
  srun: readonly string[];
  /** Words before the agent's Python inside the task: apptainer exec … */
  wrapper: readonly string[];
  /** Python 3.9 or later on the nodes. */
  python: string;
  requeueOnNodeLost: boolean;
  /** Seconds before the time limit at which the ranks get USR2. */
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

/** What rampcheck itself decides: another value would break the run. */
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
 * The request that the command line's options make.
 *
 * @throws RampcheckError `bad-option` for what contradicts the plan.
 */
export function readRequest(options: Record<string, unknown>, fallbackName: string): SlurmRequest {
  const gpusPerNode = options.gpusPerNode as number | undefined;
  const plain = PLAIN.flatMap((name): [string, string][] =>
    typeof options[name] === 'string' ? [[dashed(name), options[name]]] : [],
  );
  const own = ((options.sbatch as string[] | undefined) ?? []).map(readDirective);
  const containerImage = options.containerImage as string | undefined;
  const apptainer = options.apptainer as string | undefined;
  if (containerImage !== undefined && apptainer !== undefined) {
    throw new RampcheckError(
      'bad-option',
      '--container-image (pyxis) and --apptainer are two ways to do one thing',
      {
        hint: 'give one of them',
      },
    );
  }
  return {
    jobName: (options.jobName as string | undefined) ?? fallbackName,
    directives: [
      ...plain,
      ...(gpusPerNode === undefined ? [] : [['gpus-per-node', String(gpusPerNode)] as [string, string]]),
      ...own,
    ],
    gpusPerNode,
    partition: (options.partition as string | undefined) ?? own.find(([name]) => name === 'partition')?.[1],
    srun: containerImage === undefined ? [] : pyxis(containerImage, options),
    wrapper: apptainer === undefined ? [] : ['apptainer', 'exec', '--nv', ...mounts(options), apptainer],
    python: options.python as string,
    requeueOnNodeLost: options.requeueOn === 'node-lost',
    warnSeconds: options.warnBefore as number,
  };
}

function pyxis(image: string, options: Record<string, unknown>): string[] {
  const binds = options.containerMounts as string | undefined;
  const workdir = options.containerWorkdir as string | undefined;
  return [
    `--container-image=${image}`,
    ...(binds === undefined ? [] : [`--container-mounts=${binds}`]),
    ...(workdir === undefined ? [] : [`--container-workdir=${workdir}`]),
  ];
}

function mounts(options: Record<string, unknown>): string[] {
  const binds = options.containerMounts as string | undefined;
  const workdir = options.containerWorkdir as string | undefined;
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

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
