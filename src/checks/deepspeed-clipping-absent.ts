import type { Rule } from './finding.ts';
import { atLeast, configValue, inCommand, inConfig, trainerFills } from './read.ts';

/** The Trainer's default for gradient clipping (transformers 5.23, training_args.py). */
const TRAINER_DEFAULT = 1;
/** What DeepSpeed clips to without the key since 0.19.3 (runtime/constants.py, GRADIENT_CLIPPING_DEFAULT). */
const DEEPSPEED_DEFAULT = 1;

/** Under DeepSpeed the engine clips; `accelerator.clip_grad_norm_` only reads its norm (accelerate 1.15.0). */
export const deepspeedClippingAbsent: Rule = {
  id: 'deepspeed-clipping-absent',
  title: 'The DeepSpeed config has no gradient_clipping: max_grad_norm does not reach the engine',
  severity: 'warning',
  reads: '`gradient_clipping`, `--max_grad_norm` and the installed DeepSpeed',
  why:
    'Under DeepSpeed the engine clips gradients, and the Trainer\'s max_grad_norm reaches it only through "gradient_clipping": "auto". ' +
    'Without the key nothing was clipped before DeepSpeed 0.19.3, and since then everything to 1.0, whatever the command says. ' +
    'A loss that spikes with a high learning rate is often a run without clipping.',
  fix: 'write "gradient_clipping": "auto" into the DeepSpeed config',
  thread: 'https://github.com/axolotl-ai-cloud/axolotl/issues/1381',
  check(job) {
    if (!trainerFills(job) || !job.deepspeed) return [];
    if (configValue(job, ['gradient_clipping']) !== undefined) return [];
    const stated = job.training.max_grad_norm;
    const norm = stated?.value ?? TRAINER_DEFAULT;
    const since = atLeast(job, 'deepspeed', '0.19.3');
    const now = since === undefined ? undefined : since ? DEEPSPEED_DEFAULT : 0;
    if (now === norm) return [];
    const used = {
      undefined: 'nothing before DeepSpeed 0.19.3, to 1.0 since',
      0: 'nothing',
      1: `to 1.0, which is DeepSpeed ${job.versions.deepspeed}'s own default`,
    }[String(now)];
    return [
      {
        // Nobody states a norm, and an unknown DeepSpeed may well clip to the same one.
        severity: stated === undefined && since === undefined ? 'note' : 'warning',
        message: `max_grad_norm ${norm} does not reach DeepSpeed, which clips ${used}: its config has no "gradient_clipping"`,
        evidence: [
          inConfig(job, [], 'is where the engine looks', 'no "gradient_clipping"'),
          stated
            ? inCommand(stated, 'is not used')
            : {
                text: `max_grad_norm ${TRAINER_DEFAULT}`,
                means: "is the Trainer's default, and is not used",
              },
        ],
      },
    ];
  },
};
