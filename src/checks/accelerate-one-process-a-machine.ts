import { readHostfile } from '../job/hostfile.ts';
import { accelerateValue } from './accelerate-config.ts';
import type { Rule } from './finding.ts';

export const accelerateOneProcessAMachine: Rule = {
  id: 'accelerate-one-process-a-machine',
  title: 'num_processes counts all ranks, not those of one machine',
  severity: 'warning',
  reads:
    "`num_processes` and `num_machines` of accelerate's options or config, and the slots of the hostfile",
  why: 'Eight processes on eight machines are one on each: seven GPUs of every node stay idle, the global batch is an eighth, and the schedule eight times as long.',
  fix: 'give num_processes as machines × GPUs of each: 64 for eight nodes of eight',
  thread: 'https://github.com/huggingface/accelerate/issues/1795',
  check(job) {
    const [processes, machines] = [
      accelerateValue(job, 'num_processes'),
      accelerateValue(job, 'num_machines'),
    ];
    if (!processes || !machines || !(Number(machines.value) > 1)) return [];
    const each = Math.floor(Number(processes.value) / Number(machines.value));
    const { hostfile } = job.command.cluster;
    // One GPU a machine exists: only a hostfile tells that there are more.
    if (each !== 1 || hostfile === undefined) return [];
    const idle = readHostfile(job.cwd, hostfile).filter(({ slots }) => slots.length > 1);
    if (idle.length === 0) return [];
    return [
      {
        message: `${processes.value} processes on ${machines.value} machines are one rank on each, and ${idle[0]?.name} has ${idle[0]?.slots.length} slots`,
        evidence: [processes.evidence('is the number of all ranks')],
      },
    ];
  },
};
