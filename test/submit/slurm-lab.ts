import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import { type Lab, labUp } from '../lab/lab.ts';
import { type Slurm, slurmUp } from '../lab/slurm.ts';
import { type Environment, fixtures, readJson, root, trainingEnv, until } from '../support/cli.ts';

const main = join(root, 'src', 'cli', 'main.ts');
const batchTraining = join(fixtures, 'batch-training');
/** A training without torch: see test/fixtures/batch-training. */
export const training = [
  join(batchTraining, 'bin', 'torchrun'),
  '--nproc-per-node',
  '2',
  join(batchTraining, 'train.py'),
];
const OVER = ['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT', 'NODE_FAIL', 'PREEMPTED'];

export interface Cluster {
  lab: Lab;
  slurm: Slurm;
  /** A new folder that every node sees. */
  folder(): string;
  rampcheck(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Submits and expects it to be queued. */
  submit(options: readonly string[], command: readonly string[], cwd?: string): Promise<Queued>;
  run(words: readonly string[], options?: RunOptions): Promise<Ended>;
  /** What scontrol says of a job, once it is over. */
  ended(job: string, seconds?: number): Promise<Record<string, string>>;
  show(job: string): Promise<Record<string, string>>;
}

interface RunOptions {
  cwd?: string;
  enter?: readonly string[];
}

export interface Queued {
  run: string;
  path: string;
  job: string;
  verdict(): Verdict;
  released(): Promise<void>;
  /** A rank has shown a step. */
  stepped(): Promise<void>;
}

interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** With an environment, jobs get the variables with which a real training runs without a GPU. */
export async function clusterUp(environment?: Environment): Promise<Cluster> {
  const lab = await labUp();
  const slurm = await slurmUp(lab);
  let folders = 0;
  const run = async (
    words: readonly string[],
    { cwd = lab.shared, enter = slurm.enter }: RunOptions = {},
  ) => {
    const [program = '', ...args] = [...enter, ...words];
    const { exitCode, stdout, stderr } = await execa(program, args, {
      cwd,
      reject: false,
      stdin: 'ignore',
      env: {
        ...slurm.env,
        ...(environment && trainingEnv(environment)),
        NO_COLOR: '1',
        XDG_STATE_HOME: join(lab.shared, 'state'),
      },
    });
    return { exitCode: exitCode ?? -1, stdout, stderr };
  };
  const folder = () => {
    const path = join(lab.shared, `test-${++folders}`);
    mkdirSync(path);
    return path;
  };
  const show = async (job: string) =>
    fieldsOf((await run(['scontrol', '--oneliner', 'show', 'job', job])).stdout);
  const rampcheck = (args: readonly string[], options?: RunOptions) =>
    run([process.execPath, main, ...args], options);
  return {
    lab,
    slurm,
    folder,
    rampcheck,
    run,
    show,
    async submit(options, command, cwd = folder()) {
      const queued = await rampcheck(['submit', '--to', 'slurm', '--json', ...options, '--', ...command], {
        cwd,
      });
      expect(queued, queued.stdout + queued.stderr).toMatchObject({ exitCode: 0 });
      return watch(JSON.parse(queued.stdout) as Pick<Queued, 'run' | 'path' | 'job'>);
    },
    async ended(job, seconds = 120) {
      for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; ) {
        const fields = await show(job);
        // Completing: some node has not yet said that nothing is left.
        if (OVER.includes(fields.JobState ?? '')) return fields;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(`job ${job} is not over: ${JSON.stringify(await show(job))}`);
    },
  };
}

function watch(queued: Pick<Queued, 'run' | 'path' | 'job'>): Queued {
  return {
    ...queued,
    verdict: () => readJson<Verdict>(join(queued.path, 'verdict.json')),
    released: () => until('release', () => existsSync(join(queued.path, 'verdict.json'))),
    stepped: () => until('a step', () => existsSync(join(queued.path, 'lr.jsonl'))),
  };
}

/** `A=b C=d e`: values of what is looked at here have no spaces. */
function fieldsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/(?:^|\s)([\w/:]+)=(\S*)/g)].map(([, name = '', value = '']) => [name, value]),
  );
}
