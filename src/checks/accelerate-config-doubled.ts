import { asRecord } from '../job/scheduler-block.ts';
import { configEvidence } from './accelerate-config.ts';
import type { Rule } from './finding.ts';

/** accelerate/utils/dataclasses.py, _deepspeed_config_checks: what the environment may not name beside a config file. */
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
  title: 'A DeepSpeed file and its settings stand in the same accelerate config',
  severity: 'error',
  reads: "`deepspeed_config` of accelerate's config",
  why: 'With a deepspeed_config_file, accelerate refuses zero_stage, gradient_accumulation_steps and the like beside it: the run ends with a ValueError that says "ignored".',
  fix: 'remove the setting from the accelerate config: the DeepSpeed file has it',
  check({ command }) {
    const { config } = command;
    const deepspeed = asRecord(config?.value.deepspeed_config);
    if (!config || !deepspeed.deepspeed_config_file) return [];
    return excluded
      .filter((key) => key in deepspeed)
      .map((key) => ({
        message: `${key} may not stand beside deepspeed_config_file`,
        evidence: [
          configEvidence(config, ['deepspeed_config', key], 'is refused'),
          configEvidence(config, ['deepspeed_config', 'deepspeed_config_file'], 'says it all'),
        ],
      }));
  },
};
