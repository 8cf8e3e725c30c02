/** Command and config pairs as public repositories ship them, written anew: the keys that decide a learning rate are theirs. */
export interface RealCase {
  /** Repository and file, as people look for it. */
  name: string;
  url: string;
  config: object;
  /** What the repository's script or YAML asks for, as TrainingArguments' options. */
  asks: string;
  /** How the same settings stand in the front-end's own command. */
  frontEnd?: 'llamafactory' | 'swift' | 'axolotl';
  /** Rules that check answers with, violations and warnings. */
  says: readonly string[];
  /** The schedule that runs as the files are. */
  runs: string;
}

const adamAuto = { type: 'AdamW', params: { lr: 'auto', betas: 'auto', eps: 'auto', weight_decay: 'auto' } };
const warmupAuto = {
  type: 'WarmupLR',
  params: { warmup_min_lr: 'auto', warmup_max_lr: 'auto', warmup_num_steps: 'auto' },
};
const decayAuto = {
  type: 'WarmupDecayLR',
  params: { total_num_steps: 'auto', warmup_min_lr: 'auto', warmup_max_lr: 'auto', warmup_num_steps: 'auto' },
};
const batches = {
  train_batch_size: 'auto',
  train_micro_batch_size_per_gpu: 'auto',
  gradient_accumulation_steps: 'auto',
  gradient_clipping: 'auto',
};
const bf16 = { bf16: { enabled: 'auto' } };
const zero = (stage: number, more: object = {}) => ({ zero_optimization: { stage, ...more } });
const cpu = { device: 'cpu', pin_memory: false };
const offload = { offload_optimizer: cpu, offload_param: cpu };

const replaced = ['deepspeed-scheduler-replaces'];
/** The same beside a weight decay and an optimizer block: the Trainer's groups are dropped too. */
const replacedWithGroups = [...replaced, 'deepspeed-optimizer-drops-groups'];
const qwen =
  '--learning_rate 1e-5 --weight_decay 0.1 --adam_beta2 0.95 --warmup_ratio 0.01 --lr_scheduler_type cosine --bf16 True';
const llava =
  '--learning_rate 2e-5 --weight_decay 0. --warmup_ratio 0.03 --lr_scheduler_type cosine --bf16 True';

export const realCases: readonly RealCase[] = [
  {
    name: 'Qwen, finetune/ds_config_zero2.json',
    url: 'https://github.com/QwenLM/Qwen',
    config: {
      ...bf16,
      optimizer: adamAuto,
      scheduler: warmupAuto,
      ...zero(2, { overlap_comm: true }),
      ...batches,
    },
    asks: qwen,
    says: replacedWithGroups,
    runs: 'WarmupLR',
  },
  {
    name: 'Qwen, finetune/ds_config_zero3.json',
    url: 'https://github.com/QwenLM/Qwen',
    config: { ...bf16, optimizer: adamAuto, scheduler: warmupAuto, ...zero(3), ...batches },
    asks: qwen,
    says: replacedWithGroups,
    runs: 'WarmupLR',
  },
  {
    name: 'Qwen-VL, finetune/ds_config_zero3.json',
    url: 'https://github.com/QwenLM/Qwen-VL',
    config: { ...bf16, optimizer: adamAuto, scheduler: warmupAuto, ...zero(3), ...batches },
    asks: '--learning_rate 1e-5 --weight_decay 0.1 --adam_beta2 0.95 --warmup_ratio 0.01 --lr_scheduler_type cosine --bf16 True',
    says: replacedWithGroups,
    runs: 'WarmupLR',
  },
  {
    name: 'Stanford Alpaca, configs/default_offload_opt_param.json',
    url: 'https://github.com/tatsu-lab/stanford_alpaca',
    config: { ...bf16, optimizer: adamAuto, scheduler: decayAuto, ...zero(3, offload), ...batches },
    asks: '--learning_rate 2e-5 --weight_decay 0. --warmup_ratio 0.03 --bf16 True',
    says: ['deepspeed-scheduler-replaces', 'deepspeed-log-warmup'],
    runs: 'WarmupDecayLR',
  },
  {
    name: 'DeepSeek-Coder, finetune/configs/ds_config_zero3.json (first version)',
    url: 'https://github.com/deepseek-ai/DeepSeek-Coder',
    config: {
      ...bf16,
      optimizer: adamAuto,
      scheduler: {
        type: 'WarmupCosineLR',
        params: {
          total_num_steps: 'auto',
          warmup_min_ratio: 0.1,
          warmup_num_steps: 'auto',
          warmup_type: 'linear',
        },
      },
      ...zero(3, offload),
      ...batches,
    },
    asks: '--learning_rate 2e-5 --warmup_steps 10 --lr_scheduler_type cosine --bf16 True',
    says: replaced,
    runs: 'WarmupCosineLR',
  },
  {
    name: 'DeepSeek-Coder, finetune/configs/ds_config_zero3.json (2025)',
    url: 'https://github.com/deepseek-ai/DeepSeek-Coder',
    config: { ...bf16, optimizer: adamAuto, scheduler: warmupAuto, ...zero(3, offload), ...batches },
    asks: '--learning_rate 2e-5 --warmup_steps 10 --lr_scheduler_type cosine --bf16 True',
    says: replaced,
    runs: 'WarmupLR',
  },
  {
    name: 'LLaVA, scripts/zero2.json',
    url: 'https://github.com/haotian-liu/LLaVA',
    config: { ...bf16, ...zero(2, { overlap_comm: true, contiguous_gradients: true }), ...batches },
    asks: llava,
    says: [],
    runs: 'cosine',
  },
  {
    name: 'LLaVA, scripts/zero3.json',
    url: 'https://github.com/haotian-liu/LLaVA',
    config: { ...bf16, ...zero(3), ...batches },
    asks: llava,
    says: [],
    runs: 'cosine',
  },
  {
    name: 'LLaVA, scripts/zero3_offload.json',
    url: 'https://github.com/haotian-liu/LLaVA',
    config: { ...bf16, optimizer: adamAuto, scheduler: warmupAuto, ...zero(3, offload), ...batches },
    asks: llava,
    says: replaced,
    runs: 'WarmupLR',
  },
  {
    name: 'InternVL, internvl_g/zero_stage1_config.json',
    url: 'https://github.com/OpenGVLab/InternVL',
    config: { ...bf16, scheduler: decayAuto, ...zero(1), ...batches },
    asks: '--learning_rate 1e-6 --weight_decay 0.05 --warmup_steps 5 --lr_scheduler_type cosine --bf16 True',
    says: replaced,
    runs: 'WarmupDecayLR',
  },
  {
    name: 'InternVL, internvl_g/zero_stage3_config.json',
    url: 'https://github.com/OpenGVLab/InternVL',
    config: { ...bf16, scheduler: decayAuto, ...zero(3), ...batches },
    asks: '--learning_rate 1e-6 --weight_decay 0.05 --warmup_steps 5 --lr_scheduler_type cosine --bf16 True',
    says: replaced,
    runs: 'WarmupDecayLR',
  },
  {
    name: 'InternVL, internvl_chat_llava/scripts/zero3_offload.json',
    url: 'https://github.com/OpenGVLab/InternVL',
    config: { ...bf16, optimizer: adamAuto, scheduler: warmupAuto, ...zero(3, offload), ...batches },
    asks: llava,
    says: replaced,
    runs: 'WarmupLR',
  },
  {
    name: 'FastChat, playground/deepspeed_config_s2.json',
    url: 'https://github.com/lm-sys/FastChat',
    config: { ...zero(2, { contiguous_gradients: true, overlap_comm: true }), ...batches },
    asks: '--learning_rate 2e-5 --weight_decay 0. --warmup_ratio 0.04 --lr_scheduler_type cosine',
    says: [],
    runs: 'cosine',
  },
  {
    name: 'LLaMA-Factory, examples/deepspeed/ds_z3_config.json',
    url: 'https://github.com/hiyouga/LlamaFactory',
    config: { zero_allow_untested_optimizer: true, ...bf16, ...zero(3), ...batches },
    asks: '--learning_rate 1.0e-5 --warmup_ratio 0.1 --lr_scheduler_type cosine --bf16 true',
    frontEnd: 'llamafactory',
    says: [],
    runs: 'cosine',
  },
  {
    name: 'ms-swift, swift/llm/ds_config/zero2.json',
    url: 'https://github.com/modelscope/ms-swift',
    config: { ...bf16, ...zero(2, { offload_optimizer: { device: 'none', pin_memory: true } }), ...batches },
    asks: '--learning_rate 1e-4 --warmup_ratio 0.05 --lr_scheduler_type cosine',
    frontEnd: 'swift',
    says: [],
    runs: 'cosine',
  },
  {
    name: 'axolotl, deepspeed_configs/zero2.json',
    url: 'https://github.com/axolotl-ai-cloud/axolotl',
    config: { ...bf16, ...zero(2, { contiguous_gradients: true, overlap_comm: true }), ...batches },
    asks: '--learning_rate 2e-4 --warmup_steps 10 --lr_scheduler_type cosine',
    frontEnd: 'axolotl',
    says: [],
    runs: 'cosine',
  },
  {
    name: 'open-instruct, configs/ds_configs/stage3_no_offloading.conf',
    url: 'https://github.com/allenai/open-instruct',
    config: { ...bf16, optimizer: adamAuto, scheduler: decayAuto, ...zero(3), ...batches },
    asks: '--learning_rate 2e-5 --weight_decay 0. --warmup_ratio 0.03 --lr_scheduler_type linear --bf16 True',
    says: replaced,
    runs: 'WarmupDecayLR',
  },
  {
    name: 'accelerate, examples/deepspeed_config_templates/zero_stage2_config.json',
    url: 'https://github.com/huggingface/accelerate',
    config: {
      ...bf16,
      optimizer: {
        type: 'AdamW',
        params: { lr: 'auto', weight_decay: 'auto', torch_adam: true, adam_w_mode: true },
      },
      scheduler: decayAuto,
      ...zero(2),
      ...batches,
    },
    asks: '--learning_rate 5e-5 --warmup_steps 4 --lr_scheduler_type cosine --bf16 True',
    says: replaced,
    runs: 'WarmupDecayLR',
  },
  {
    name: 'DeepSpeedExamples, training/tensor_parallel/hf_integration/configs/ds_config.json',
    url: 'https://github.com/deepspeedai/DeepSpeedExamples',
    config: { ...bf16, optimizer: adamAuto, scheduler: decayAuto, ...zero(1), ...batches },
    asks: '--learning_rate 2e-5 --weight_decay 0. --warmup_ratio 0.03 --lr_scheduler_type cosine --bf16 True',
    says: replaced,
    runs: 'WarmupDecayLR',
  },
  {
    name: 'Dolly, config/ds_z3_bf16_config.json',
    url: 'https://github.com/databrickslabs/dolly',
    config: { bf16: { enabled: true }, optimizer: adamAuto, scheduler: warmupAuto, ...zero(3), ...batches },
    asks: '--learning_rate 1e-5 --warmup_steps 5 --bf16 True',
    says: ['deepspeed-scheduler-replaces', 'deepspeed-log-warmup'],
    runs: 'WarmupLR',
  },
  {
    name: 'LongLoRA, ds_configs/stage3.json',
    url: 'https://github.com/dvlab-research/LongLoRA',
    config: { ...bf16, optimizer: adamAuto, scheduler: decayAuto, ...zero(3), ...batches },
    asks: '--learning_rate 2e-5 --weight_decay 0.0 --warmup_steps 6 --lr_scheduler_type constant_with_warmup --bf16 True',
    says: replaced,
    runs: 'WarmupDecayLR',
  },
];
