import { dirname } from 'node:path';
import { environment, exitCodes, files, ports } from '../../contract/contract.ts';
import { RampcheckError } from '../../errors.ts';
import { quote } from '../../job/quote.ts';
import type { Plan } from '../../plan/plan.ts';
import { plural } from '../../plural.ts';
import type { SlurmRequest } from './request.ts';

/** At most three requeues, so that a broken node cannot requeue the job forever. A requeued job starts from the beginning. */
const MOST_REQUEUES = 3;

/** The runs that a script starts: one, or one per member of a job array. */
export interface Scripted {
  run: string;
  directory: string;
  plan: Plan;
}

/** The sbatch script of a run: readable, and the same bytes for the same plan. */
export function sbatchScript(members: readonly [Scripted, ...Scripted[]], request: SlurmRequest): string {
  const [{ directory, plan }] = members;
  const array = members.length > 1;
  const { directives, srun, wrapper, python, requeueOnNodeLost, warnSeconds, jobName } = request;
  const [slots = 0] = plan.nodes.map((node) => node.slots.length);
  const head: [string, string | undefined][] = [
    ['job-name', jobName],
    ['nodes', String(plan.nodes.length)],
    ['ntasks-per-node', '1'],
    ...directives,
    ...(array ? [['array', `0-${members.length - 1}`] as [string, string]] : []),
    ['output', array ? `${dirname(directory)}/slurm-%A_%a.out` : `${directory}/slurm.out`],
    ['open-mode', 'append'],
    [requeueOnNodeLost ? 'requeue' : 'no-requeue', undefined],
    ...(warnSeconds > 0 ? [['signal', `B:USR2@${warnSeconds}`] as [string, string]] : []),
  ];
  const task = [...wrapper, python, '-I'].map(quote);
  return `#!/bin/bash
${members.map((member) => `# ${member.run}: ${oneLine(member.plan.command)}`).join('\n')}
# ${plural(plan.nodes.length, 'node')}, ${plural(slots, 'rank')} on each. rampcheck holds the run until its learning rate is proven; otherwise the job exits with ${exitCodes.schedule_violation}.
${head.map(([name, value]) => directive(name, value)).join('\n')}

${array ? chooseRun(members) : `run=${quote(directory)}`}
rampcheck() { ${quote(python)} -I "$run/${files.archive}" "$@"; }

# The first node's coordinator is reached under its name, on a port of this job.
${environment.nodes}=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | paste -sd,)
${environment.port}=$((${ports.first} + SLURM_JOB_ID % ${ports.span}))
# Where the coordinator says that the verdict stands although a node no longer answers: srun alone would wait for that one.
${environment.batch_pid}=$$
export ${environment.nodes} ${environment.port} ${environment.batch_pid}
# srun does not take this over from sbatch by itself.
[ -z "$SLURM_CPUS_PER_TASK" ] || export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK

# Every node must see the run's folder: said now, and not by a node that never reports.
unseen=$(srun --quiet --ntasks-per-node=1 sh -c '[ -r "$0" ] || echo "$SLURMD_NODENAME"' "$run/${files.archive}")
if [ -n "$unseen" ]; then
  rampcheck unreached $unseen || echo "rampcheck: $run is not on a file system that every node shares" >&2
  exit ${exitCodes.node_not_started}
fi

# USR2 comes ${warnSeconds} s before the time limit, and goes on to the ranks alone: launchers would die of it.
trap 'rampcheck signal USR2' USR2
# The verdict is still to be read when the job is cancelled.
trap : TERM
trap 'kill -KILL "$step" 2>/dev/null' USR1

srun --quiet --ntasks-per-node=1 --kill-on-bad-exit=1 --wait=60 ${[...srun.map(quote), ''].join(' ')}\\
  ${task.join(' ')} "$run/${files.archive}" node &
step=$!
wait "$step"
while kill -0 "$step" 2>/dev/null; do wait "$step"; done

# srun would say 143 for every end that is not its own: the verdict knows.
code=$(rampcheck verdict)
${requeueOnNodeLost ? REQUEUE : ''}exit "$code"
`;
}

function chooseRun(members: readonly Scripted[]): string {
  const runs = members.map(({ directory }) => `  ${quote(directory)}`).join('\n');
  return `# Each member of the array is a separate run.\nruns=(\n${runs}\n)\nrun=\${runs[$SLURM_ARRAY_TASK_ID]}`;
}

const REQUEUE = `# Another try can help only after a lost node. A violation (93) would only repeat itself.
if [ "$code" = ${exitCodes.node_lost} ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${MOST_REQUEUES} ]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Slurm reads a value up to the end of its line; quotes protect spaces and number signs. */
function directive(name: string, value: string | undefined): string {
  if (value === undefined) return `#SBATCH --${name}`;
  // A line break would start a command in the script.
  if (CONTROL.test(value)) {
    throw new RampcheckError(
      'bad-option',
      `the value of sbatch's --${name} has a line break or another control character`,
      {
        hint: `give --${name} one line of text`,
      },
    );
  }
  return `#SBATCH --${name}=${/^[\w@%+=:,./-]*$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`;
}

function oneLine(command: readonly string[]): string {
  return command.map(quote).join(' ').replace(/\s+/g, ' ');
}
