import { readHostfile } from '../job/hostfile.ts';
import { accelerateValue } from './accelerate-config.ts';
import type { Rule } from './finding.ts';

export const accelerateOneProcessAMachine: Rule = {
  id: 'accelerate-one-process-a-machine',
  title: 'num_processes counts all ranks, not those of one machine',
  severity: 'warning',
  reads:
    "`num_processes` and `num_machines` of accelerate's options or config, and the slots of the hostfile",
  why: 'Eight processes on eight machines are one per machine: on nodes with eight GPUs, seven stay idle, the global batch is an eighth, and the schedule is eight times as long.',
  fix: 'set num_processes to machines × GPUs per machine: 64 for eight nodes with eight GPUs',
  thread: 'https://github.com/huggingface/accelerate/issues/1795',
  check(job) {
    const [processes, machines] = [
      accelerateValue(job, 'num_processes'),
      accelerateValue(job, 'num_machines'),
    ];
    if (!processes || !machines || !(Number(machines.value) > 1)) return [];
    const each = Math.floor(Number(processes.value) / Number(machines.value));
    const { hostfile } = job.command.cluster;
    // Machines with one GPU exist: only a hostfile shows that there are more.
    if (each !== 1 || hostfile === undefined) return [];
    const idle = readHostfile(job.cwd, hostfile).filter(({ slots }) => slots.length > 1);
    if (idle.length === 0) return [];
    return [
      {
        message: `${processes.value} processes on ${machines.value} machines are one rank per machine, but ${idle[0]?.name} has ${idle[0]?.slots.length} slots`,
        evidence: [processes.evidence('counts the ranks of all machines')],
      },
    ];
  },
};
