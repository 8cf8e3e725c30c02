import { asRecord } from '../job/scheduler-block.ts';
import { nearest } from '../nearest.ts';
import { sectionKeys, topLevelKeys } from './deepspeed-keys.ts';
import type { PartialFinding, Rule } from './finding.ts';
import { configValue, inConfig } from './read.ts';

/** Names that people write for a key that has another one. */
const otherNames: Readonly<Record<string, string>> = {
  lr_scheduler: 'scheduler',
  clip_grad: 'gradient_clipping',
  grad_clip: 'gradient_clipping',
  max_grad_norm: 'gradient_clipping',
  micro_batch_size: 'train_micro_batch_size_per_gpu',
  per_device_train_batch_size: 'train_micro_batch_size_per_gpu',
  grad_accumulation_steps: 'gradient_accumulation_steps',
  zero: 'zero_optimization',
};

/** runtime/config.py reads the keys that it knows; only its sections are models that forbid others (config_utils.py, extra="forbid"). */
export const deepspeedUnknownKey: Rule = {
  id: 'deepspeed-unknown-key',
  title: 'A key of the DeepSpeed config that DeepSpeed does not have, or has in another place',
  severity: 'error',
  reads: 'the keys of the DeepSpeed config and of its sections',
  why:
    'A key that DeepSpeed does not know at the top of its config is dropped silently: with "gradient_clippping" nothing is clipped, ' +
    'with "optimiser" another optimizer runs. In its sections (zero_optimization, fp16, bf16) an unknown key ends the run when the engine is made.',
  fix: 'correct the key, or move it to the section that it belongs to',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/653',
  check(job) {
    if (!job.deepspeed) return [];
    const found: PartialFinding[] = [];
    for (const key of Object.keys(job.deepspeed.value)) {
      // Comments: JSON has no others.
      if (topLevelKeys.has(key) || /^(_|\/\/|#)/.test(key)) continue;
      const section = Object.entries(sectionKeys).find(([, keys]) => keys.has(key))?.[0];
      const meant = otherNames[key] ?? (section ? undefined : nearest(key, topLevelKeys, 1)[0]);
      found.push({
        severity: section || meant ? 'warning' : 'note',
        message: section
          ? `"${key}" belongs into "${section}": at the top of the DeepSpeed config it is dropped`
          : meant
            ? `DeepSpeed has no "${key}" and drops it: is "${meant}" meant?`
            : `DeepSpeed has no "${key}": nothing of DeepSpeed's reads it`,
        evidence: [inConfig(job, [key], 'has no effect')],
        fix: [
          section
            ? `move it into "${section}"`
            : meant
              ? `write "${meant}"`
              : 'remove it, unless something else reads it',
        ],
      });
    }
    for (const [section, keys] of Object.entries(sectionKeys)) {
      const path = section.split('.');
      for (const key of Object.keys(asRecord(configValue(job, path)))) {
        if (keys.has(key)) continue;
        const [meant] = topLevelKeys.has(key) ? [] : nearest(key, keys, 1);
        // A newer DeepSpeed may have keys that are not known here.
        if (!topLevelKeys.has(key) && meant === undefined) continue;
        found.push({
          message: topLevelKeys.has(key)
            ? `"${key}" belongs to the top of the DeepSpeed config: in "${section}" it ends the run`
            : `"${section}" has no "${key}": DeepSpeed refuses it. Is "${meant}" meant?`,
          evidence: [inConfig(job, [...path, key], 'is refused when the engine is made')],
          fix: [meant ? `write "${meant}"` : 'move it to the top of the config'],
        });
      }
    }
    return found;
  },
};
