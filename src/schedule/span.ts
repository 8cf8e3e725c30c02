/** The warmup and the length of a run in optimizer steps, as far as a schedule's arguments state them. */
export interface Span {
  warmup?: number | undefined;
  total?: number | undefined;
}

/** Each family's names for the two, and further arguments that a schedule needs. */
const names: readonly { lib: string; scheduler?: string; warmup?: string; total?: string }[] = [
  { lib: 'deepspeed', scheduler: 'WarmupLR', warmup: 'warmup_num_steps' },
  { lib: 'deepspeed', scheduler: 'WarmupDecayLR', warmup: 'warmup_num_steps', total: 'total_num_steps' },
  { lib: 'deepspeed', scheduler: 'WarmupCosineLR', warmup: 'warmup_num_steps', total: 'total_num_steps' },
  { lib: 'torch', scheduler: 'CosineAnnealingLR', total: 'T_max' },
  { lib: 'torch', scheduler: 'OneCycleLR', total: 'total_steps' },
  { lib: 'torch', scheduler: 'PolynomialLR', total: 'total_iters' },
  { lib: 'accelerate', warmup: 'w', total: 'T' },
  { lib: 'transformers', scheduler: 'constant', warmup: 'num_warmup_steps', total: 'num_training_steps' },
  { lib: 'transformers', warmup: 'num_warmup_steps', total: 'num_training_steps' },
  { lib: 'torchtune', warmup: 'num_warmup_steps', total: 'num_training_steps' },
  { lib: 'axolotl', scheduler: 'RexLR', warmup: 'num_warmup_steps', total: 'total_steps' },
  { lib: 'axolotl', warmup: 'num_warmup_steps', total: 'num_training_steps' },
  { lib: 'megatron', warmup: 'lr_warmup_iters', total: 'train_iters' },
  { lib: 'nemo', warmup: 'warmup_steps', total: 'max_steps' },
  { lib: 'torchtitan', warmup: 'warmup_steps', total: 'training_steps' },
];

/** The names of the warmup and of the total that are in the same arguments. */
export const spanNames: readonly (readonly [string, string])[] = names.flatMap(({ warmup, total }) =>
  warmup && total ? [[warmup, total] as const] : [],
);

/** The warmup and the total stated in a schedule's arguments, in any family. */
export function readSpan(params: Readonly<Record<string, unknown>>): Span {
  const stated = (keys: readonly (string | undefined)[]) =>
    keys
      .map((key) => (key === undefined ? undefined : params[key]))
      .find((value) => typeof value === 'number');
  return {
    warmup: stated(names.map(({ warmup }) => warmup)),
    total: stated(names.map(({ total }) => total)),
  };
}

/** Arguments that state the warmup and the total with a family's own names; undefined if it has no such names. */
export function writeSpan(
  lib: string,
  scheduler: string,
  { warmup, total }: Span,
): Record<string, unknown> | undefined {
  const entry = names.find((name) => name.lib === lib && (name.scheduler ?? scheduler) === scheduler);
  if (!entry) return undefined;
  const params: Record<string, unknown> = {};
  if (entry.warmup !== undefined && warmup !== undefined) params[entry.warmup] = warmup;
  if (entry.total !== undefined && total !== undefined) params[entry.total] = total;
  return params;
}
