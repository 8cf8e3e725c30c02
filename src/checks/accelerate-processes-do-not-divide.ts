import type { Job } from '../job/job.ts';
import { accelerateValue } from './accelerate-config.ts';
import type { Rule } from './finding.ts';

export const accelerateProcessesDoNotDivide: Rule = {
  id: 'accelerate-processes-do-not-divide',
  title: 'num_processes does not divide by num_machines',
  severity: 'warning',
  reads: "`num_processes` and `num_machines` of accelerate's options or config",
  why: 'num_processes is the number of all ranks on all machines. accelerate divides and rounds down: 12 on 8 machines are 8 ranks, and four are dropped silently.',
  fix: 'make num_processes the machines times the GPUs of each',
  thread: 'https://github.com/huggingface/accelerate/issues/1795',
  check(job: Job) {
    const [processes, machines] = [
      accelerateValue(job, 'num_processes'),
      accelerateValue(job, 'num_machines'),
    ];
    if (!processes || !machines) return [];
    const [all, nodes] = [Number(processes.value), Number(machines.value)];
    if (!(nodes > 1) || !(all > 0) || all % nodes === 0) return [];
    const ranks = Math.floor(all / nodes) * nodes;
    return [
      {
        message: `${all} processes do not divide by ${nodes} machines: ${ranks} ranks are started`,
        asked: `${all} ranks`,
        wouldRun: `${ranks} ranks`,
        evidence: [processes.evidence(`is divided by ${nodes} and rounded down`)],
      },
    ];
  },
};
