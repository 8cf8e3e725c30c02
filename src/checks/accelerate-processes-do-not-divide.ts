import type { Job } from '../job/job.ts';
import { accelerateValue } from './accelerate-config.ts';
import type { Rule } from './finding.ts';

export const accelerateProcessesDoNotDivide: Rule = {
  id: 'accelerate-processes-do-not-divide',
  title: 'num_processes is not a multiple of num_machines',
  severity: 'warning',
  reads: "`num_processes` and `num_machines` of accelerate's options or config",
  why: 'num_processes is the number of all ranks on all machines. accelerate divides it by the machines and rounds down: 12 on 8 machines start 8 ranks, and four are silently dropped.',
  fix: 'set num_processes to machines × GPUs per machine',
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
        message: `${all} processes are not a multiple of ${nodes} machines: only ${ranks} ranks are started`,
        asked: `${all} ranks`,
        wouldRun: `${ranks} ranks`,
        evidence: [processes.evidence(`is divided by ${nodes} and rounded down`)],
      },
    ];
  },
};
