import { plural } from '../plural.ts';
import type { Rule } from './finding.ts';
import { countsOf, inCommand } from './read.ts';

/** optimization.py, get_wsd_schedule: num_stable_steps = T - W - D, without a check whether it is negative. */
export const wsdLengths: Rule = {
  id: 'wsd-lengths',
  title: 'Warmup, plateau and decay are longer than the run',
  severity: 'violation',
  reads: 'the warmup, `num_stable_steps` and `num_decay_steps` of warmup_stable_decay against the total',
  why:
    'transformers does not check the lengths: if warmup and decay together are longer than the run, the plateau is negative, and the ' +
    'decay starts in its middle, with a drop at the end of the warmup. If num_stable_steps is given, the total is ignored: the run may end ' +
    'before its decay.',
  fix: 'make warmup + plateau + decay equal to the total of the run',
  thread: 'https://github.com/huggingface/transformers/issues/34905',
  check(job) {
    const { lr_scheduler_type: type, lr_scheduler_kwargs: kwargs } = job.training;
    const { num_decay_steps: decay, num_stable_steps: stable } = kwargs?.value ?? {};
    const counts = countsOf(job);
    const [warmup, total] = [counts?.warmup.value ?? null, counts?.total.value ?? null];
    if (type?.value !== 'warmup_stable_decay' || !kwargs || typeof decay !== 'number') return [];
    if (warmup === null || total === null) return [];
    const plateau = typeof stable === 'number' ? stable : 0;
    const sum = warmup + plateau + decay;
    if (sum <= total) return [];
    const parts = [`warmup ${warmup}`, ...(plateau ? [`plateau ${plateau}`] : []), `decay ${decay}`];
    return [
      {
        message: `${parts.join(' + ')} is ${sum} steps, but the run has ${total}`,
        asked: `${parts.join(', ')} steps`,
        wouldRun: plateau
          ? `the run ends ${plural(sum - total, 'step')} before the decay does`
          : `a decay that starts ${plural(sum - total, 'step')} into its curve`,
        evidence: [inCommand(kwargs, 'is not checked against the length of the run')],
      },
    ];
  },
};
