import { expect, test } from 'vitest';
import type { Job } from '../../src/job/job.ts';
import { makePlan, type Plan } from '../../src/run/plan.ts';
import { meeting } from '../../src/submit/bundle.ts';
import { jobOf } from '../support/job.ts';

/** One plan, three ways to start it: what the ranks are given, and what is expected of them, is the same. */
const hostfile = Array.from({ length: 8 }, (_, i) => `node-${i + 1} slots=8\n`).join('');
const training = 'train.py --lr_scheduler_type cosine --learning_rate 1e-5 --max_steps 400 --warmup_steps 10';
const commands = [
  `torchrun --nproc-per-node 8 ${training}`,
  `torchrun --nproc-per-node 8 --rdzv-backend c10d ${training}`,
  `deepspeed ${training} --bf16 True`,
  `NCCL_DEBUG=INFO torchrun --nproc-per-node 8 -m train ${training.replace('train.py ', '')}`,
];

/** What the coordinator does when the job has nodes. */
function filled(plan: Plan, { port }: NonNullable<Plan['master']>): Plan['nodes'] {
  return plan.nodes.map((node) => {
    const words = { [meeting.address]: 'node-1', [meeting.port]: String(port), [meeting.own]: node.name };
    const fill = (text: string) =>
      Object.entries(words).reduce((filling, [from, to]) => filling.replaceAll(from, to), text);
    return { ...node, argv: node.argv.map(fill) };
  });
}

test.each(commands)('%s', (line) => {
  const files = { hosts: hostfile };
  const launched = jobOf(line, files, { hostfile: 'hosts', on: 'ssh' });
  const ssh = makePlan(launched);
  for (const on of ['slurm', 'kubernetes'] as const) {
    // The same folder: where the job is given is part of it.
    const job: Job = { ...jobOf(line, files, { hostfile: 'hosts', on }), cwd: launched.cwd };
    const queued = makePlan(job, { meeting });
    const master = ssh.master;
    if (!master) throw new Error('no master');
    expect(filled(queued, master)).toEqual(ssh.nodes);
    expect(queued.expected).toEqual(ssh.expected);
    expect([queued.steps, queued.hold, queued.worldSize]).toEqual([ssh.steps, ssh.hold, ssh.worldSize]);
  }
});
