import { asRecord } from '../job/scheduler-block.ts';
import { configEvidence } from './accelerate-config.ts';
import type { Rule } from './finding.ts';

/** accelerate/utils/dataclasses.py, _deepspeed_config_checks: settings that must not be set when a config file is given. */
const excluded = [
  'gradient_accumulation_steps',
  'gradient_clipping',
  'zero_stage',
  'offload_optimizer_device',
  'offload_param_device',
  'offload_param_nvme_path',
  'offload_optimizer_nvme_path',
  'zero3_save_16bit_model',
];

export const accelerateConfigDoubled: Rule = {
  id: 'accelerate-config-doubled',
  title: 'One accelerate config has both a DeepSpeed file and DeepSpeed settings',
  severity: 'error',
  reads: "`deepspeed_config` of accelerate's config",
  why: 'When deepspeed_config_file is set, accelerate refuses zero_stage, gradient_accumulation_steps and similar keys: the run ends with a ValueError whose text says "ignored".',
  fix: 'remove the setting from the accelerate config, and set it in the DeepSpeed file',
  check({ command }) {
    const { config } = command;
    const deepspeed = asRecord(config?.value.deepspeed_config);
    if (!config || !deepspeed.deepspeed_config_file) return [];
    return excluded
      .filter((key) => key in deepspeed)
      .map((key) => ({
        message: `${key} cannot be combined with deepspeed_config_file`,
        evidence: [
          configEvidence(config, ['deepspeed_config', key], 'is refused'),
          configEvidence(
            config,
            ['deepspeed_config', 'deepspeed_config_file'],
            'already holds these settings',
          ),
        ],
      }));
  },
};
