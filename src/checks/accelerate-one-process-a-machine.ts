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
    // One GPU a machine exists; what is suspicious is one rank a machine with as many ranks as a machine usually has GPUs.
    if (each !== 1 || !['4', '8'].includes(String(processes.value))) return [];
    return [
      {
        message: `${processes.value} processes on ${machines.value} machines are one rank on each`,
        evidence: [processes.evidence('is the number of all ranks')],
      },
    ];
  },
};
