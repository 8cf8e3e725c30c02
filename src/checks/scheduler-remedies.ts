import { countJobSteps } from '../job/count-job-steps.ts';
import type { Job } from '../job/job.ts';
import { ownCycles, sameFamily } from '../job/same-family.ts';
import type { Repair } from './finding.ts';

/** Every parameter of the replacement. transformers fills in "auto" with the run's own numbers. */
const replacements: Readonly<Record<string, Record<string, unknown>>> = {
  WarmupCosineLR: {
    total_num_steps: 'auto',
    warmup_num_steps: 'auto',
    warmup_type: 'linear',
    warmup_min_ratio: 0.0,
    cos_min_ratio: 0.0,
  },
  WarmupDecayLR: {
    total_num_steps: 'auto',
    warmup_num_steps: 'auto',
    warmup_type: 'linear',
    warmup_min_lr: 0,
    warmup_max_lr: 'auto',
  },
  WarmupLR: { warmup_num_steps: 'auto', warmup_type: 'linear', warmup_min_lr: 0, warmup_max_lr: 'auto' },
};

/** The two remedies in words: no scheduler in the DeepSpeed config, or DeepSpeed's own version of the requested schedule. */
export function schedulerRemedies(job: Job): string[] {
  const { deepspeed, training } = job;
  if (!deepspeed) return [];
  const wanted = training.lr_scheduler_type?.value;
  const lines = deepspeed.lines(['scheduler']);
  const where = lines
    ? ` (${lines.first === lines.last ? `line ${lines.first}` : `lines ${lines.first}-${lines.last}`})`
    : '';
  const remedies = [
    `delete the "scheduler" block${where} from ${deepspeed.path}: transformers' own ${wanted ?? 'schedule'} is then used`,
  ];
  const type = wanted === undefined ? undefined : sameFamily[wanted];
  const params = type === undefined ? undefined : replacements[type];
  if (type && params && !ownCycles(job)) {
    const block = spaced({ type, params });
    remedies.push(
      `replace it${where} with "scheduler": ${block}; ${autoWords(job, 'total_num_steps' in params)}`,
    );
  }
  return remedies;
}

/** The same two remedies as edits: `trainer` removes the block, `deepspeed` writes DeepSpeed's own schedule of the family. */
export function schedulerRepairs({ deepspeed, training }: Job): Repair[] {
  // A config that is written in the command itself is not a file that can be edited.
  if (!deepspeed || deepspeed.path === '--deepspeed') return [];
  const file = deepspeed.path;
  const wanted = training.lr_scheduler_type?.value;
  const type = wanted === undefined ? undefined : sameFamily[wanted];
  const params = type === undefined ? undefined : replacements[type];
  const repairs: Repair[] = [{ remedy: 'trainer', edits: [{ file, path: ['scheduler'] }] }];
  if (type && params && !ownCycles({ training })) {
    repairs.push({ remedy: 'deepspeed', edits: [{ file, path: ['scheduler'], value: { type, params } }] });
  }
  return repairs;
}

/** What transformers will write for "auto", as far as it is known before the run. */
function autoWords(job: Job, hasTotal: boolean): string {
  const { total, warmup } = countJobSteps(job);
  const filled = [
    ...(hasTotal
      ? [
          `total_num_steps with ${total.value ?? "the run's own total"}${total.value === null ? '' : ` (${total.from})`}`,
        ]
      : []),
    `warmup_num_steps with ${warmup.value === null ? 'its share of that' : `${Math.max(1, warmup.value)} (${warmup.from})`}`,
  ];
  return `transformers fills in ${filled.join(' and ')}`;
}

/** JSON on one line with blanks, so that it can be wrapped. */
function spaced(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
}
