import { nearest } from '../nearest.ts';
import { configEvidence } from './accelerate-config.ts';
import type { Rule } from './finding.ts';

/** accelerate 1.15.0, config_args.py: fields of ClusterConfig, the two old keys that are converted, and one that older versions wrote. */
const known = (
  'compute_environment distributed_type mixed_precision use_cpu debug num_processes machine_rank num_machines gpu_ids main_process_ip ' +
  'main_process_port rdzv_backend same_network main_training_function enable_cpu_affinity fp8_config deepspeed_config fsdp_config ' +
  'parallelism_config megatron_lm_config mpirun_config downcast_bf16 tpu_name tpu_zone tpu_use_cluster tpu_use_sudo command_file commands ' +
  'tpu_vm tpu_env dynamo_config fp16 dynamo_backend ipex_config'
).split(' ');

export const accelerateConfigUnknownKey: Rule = {
  id: 'accelerate-config-unknown-key',
  title: 'A key that accelerate does not know',
  severity: 'error',
  reads: "the keys of accelerate's config",
  why: 'accelerate refuses the whole file: "had unknown keys". The usual cause is a key of deepspeed_config that is one level too high.',
  fix: 'correct the key, or move it below deepspeed_config, fsdp_config, …',
  check({ command }) {
    const { config } = command;
    if (!config || config.value.compute_environment === 'AMAZON_SAGEMAKER') return [];
    return Object.keys(config.value)

      .filter((key) => !known.includes(key))
      .map((key) => {
        const close = nearest(key, known);
        return {
          message: `accelerate's config has no key '${key}'`,
          evidence: [configEvidence(config, [key], 'makes accelerate refuse the whole file')],
          ...(close.length ? { fix: [`did you mean ${close.join(' or ')}?`] } : {}),
        };
      });
  },
};
