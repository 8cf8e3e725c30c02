import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countJobSteps } from '../../src/job/count-job-steps.ts';
import { sameFamily, standsIn } from '../../src/job/same-family.ts';
import { schedulerBlock } from '../../src/job/scheduler-block.ts';
import { planCurve } from '../../src/plan/planned-curve.ts';
import { jobOf } from '../support/job.ts';

interface Case {
  asked: { scheduler: string; lr0: number; warmup: number; total: number; kwargs?: object };
  block: { type: string; params: Record<string, number | string> };
  stands_in: boolean;
}

/** test/node/inject/test_same_family.py decides the same cases in the callback's own code. */
const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'same-family.json'), 'utf8')) as Case[];

test.each(cases)('$asked.scheduler by $block.type with $block.params: $stands_in', (one) => {
  const { asked, block, stands_in } = one;
  const args = [
    `--lr_scheduler_type ${asked.scheduler} --learning_rate ${asked.lr0}`,
    `--warmup_steps ${asked.warmup} --max_steps ${asked.total}`,
    ...(asked.kwargs ? [`--lr_scheduler_kwargs ${JSON.stringify(asked.kwargs)}`] : []),
  ].join(' ');
  const config = JSON.stringify({ scheduler: block });
  const job = jobOf(`torchrun train.py --deepspeed ds.json ${args}`, { 'ds.json': config });
  const read = schedulerBlock(job);
  expect(read && standsIn(job, read)).toBe(stands_in);
  expect(planCurve(job, countJobSteps(job)).spec?.lib).toBe(stands_in ? 'deepspeed' : 'transformers');
});

test('the callback has the same table', () => {
  const file = new URL('../../src/node/inject/rampcheck_callback/expected.py', import.meta.url);
  const [, table = ''] = /^SAME_FAMILY = (\{.*\})$/m.exec(readFileSync(file, 'utf8')) ?? [];
  expect(JSON.parse(table)).toEqual(sameFamily);
});
