import type { SlurmCommands } from './commands.ts';

/** The state of a job according to Slurm. */
export interface JobState {
  /** `gone`: Slurm no longer knows the job, and there is no accounting. */
  phase: 'queued' | 'running' | 'over' | 'gone';
  /** PENDING, RUNNING, COMPLETED, FAILED, CANCELLED, TIMEOUT, NODE_FAIL, … */
  state: string;
  /** Why it waits, or why it ended: Resources, Priority, TimeLimit, NodeDown. */
  reason: string;
  /** Exit code and signal: "93:0". */
  exitCode: string;
  /** "lab-[1-8]"; empty while it waits. */
  nodes: string;
  restarts: number;
}

const WAITING = ['PENDING', 'CONFIGURING', 'REQUEUED', 'REQUEUE_HOLD', 'SPECIAL_EXIT'];
const GOING = ['RUNNING', 'COMPLETING', 'SUSPENDED', 'STAGE_OUT', 'SIGNALING', 'STOPPED', 'RESIZING'];

/** Asks scontrol, and sacct for a job that scontrol has forgotten. */
export async function stateOfJob(slurm: SlurmCommands, job: string): Promise<JobState> {
  const shown = await slurm.run(['scontrol', '--oneliner', 'show', 'job', job]);
  if (shown.exitCode === 0) {
    const field = (name: string) => new RegExp(`(?:^|\\s)${name}=(\\S*)`).exec(shown.stdout)?.[1] ?? '';
    return {
      ...phaseOf(field('JobState')),
      reason: nothing(field('Reason')),
      exitCode: field('ExitCode'),
      nodes: nothing(field('NodeList')),
      restarts: Number(field('Restarts')),
    };
  }
  const told = await slurm.run(['sacct', '-n', '-P', '-X', '-o', 'State,ExitCode,NodeList', '-j', job]);
  const [state = '', exitCode = '', nodes = ''] = told.stdout.trim().split('\n').at(-1)?.split('|') ?? [];
  if (told.exitCode === 0 && state !== '') {
    // "CANCELLED by 1000"
    return { ...phaseOf(state.split(' ')[0] ?? ''), reason: '', exitCode, nodes, restarts: 0 };
  }
  return { phase: 'gone', state: '', reason: '', exitCode: '', nodes: '', restarts: 0 };
}

function phaseOf(state: string): Pick<JobState, 'phase' | 'state'> {
  if (WAITING.includes(state)) return { phase: 'queued', state };
  // An unknown state counts as an end: the states of a running job are few and known.
  return { phase: GOING.includes(state) ? 'running' : 'over', state };
}

function nothing(text: string): string {
  return /^(None|\(null\)|N\/A)$/.test(text) ? '' : text;
}
