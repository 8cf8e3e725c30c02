import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RampcheckError } from '../src/errors.ts';
import { parseJsonObject } from '../src/files/json-object.ts';
import { readNamedFile } from '../src/files/read-file.ts';
import type { StructuredFile } from '../src/files/structured-file.ts';
import { parseYamlObject } from '../src/files/yaml-object.ts';
import type { ClusterRequest } from '../src/job/job.ts';
import { plural } from '../src/plural.ts';
import { type LauncherWords, readLauncherWords } from './argparse.ts';
import { portOf, wholeNumberOf } from './flag-values.ts';
import type { Environment, Launcher, LauncherFlag } from './launcher.ts';
import { programName, pythonModule } from './program.ts';

/** accelerate/commands/launch.py, launch_command_parser, 1.15.0: options with a value. */
const VALUED = `
--config_file --mixed_precision --num_processes --num_machines --num_cpu_threads_per_process --dynamo_backend
--dynamo_mode --gpu_ids --machine_rank --main_process_ip --main_process_port --tee|-t --log_dir --role --rdzv_backend
--rdzv_conf --max_restarts --monitor_interval --vm --env --main_training_function --deepspeed_config_file --zero_stage
--offload_optimizer_device --offload_param_device --offload_optimizer_nvme_path --offload_param_nvme_path
--gradient_accumulation_steps --gradient_clipping --zero3_init_flag --zero3_save_16bit_model --deepspeed_hostfile
--deepspeed_exclusion_filter --deepspeed_inclusion_filter --deepspeed_multinode_launcher
--deepspeed_moe_layer_cls_names --fsdp_version --fsdp_offload_params --fsdp_min_num_params --fsdp_sharding_strategy
--fsdp_reshard_after_forward --fsdp_auto_wrap_policy --fsdp_transformer_layer_cls_to_wrap --fsdp_backward_prefetch
--fsdp_state_dict_type --fsdp_forward_prefetch --fsdp_use_orig_params --fsdp_cpu_ram_efficient_loading
--fsdp_sync_module_states --fsdp_activation_checkpointing --fsdp_activation_checkpointing_offload
--megatron_lm_tp_degree --megatron_lm_use_custom_fsdp --megatron_lm_no_load_optim --megatron_lm_eod_mask_loss
--megatron_lm_overlap_cpu_optimizer_d2h_h2d --megatron_lm_no_save_optim --megatron_lm_optimizer_cpu_offload
--megatron_lm_use_precision_aware_optimizer --megatron_lm_decoder_last_pipeline_num_layers --megatron_lm_pp_degree
--megatron_lm_num_micro_batches --megatron_lm_sequence_parallelism --megatron_lm_recompute_activations
--megatron_lm_use_distributed_optimizer --megatron_lm_gradient_clipping --megatron_lm_recompute_granularity
--megatron_lm_recompute_method --megatron_lm_recompute_num_layers --megatron_lm_attention_backend
--megatron_lm_expert_model_parallel_size --megatron_lm_context_parallel_size --megatron_lm_attention_dropout
--megatron_lm_hidden_dropout --megatron_lm_attention_softmax_in_fp32 --megatron_lm_expert_tensor_parallel_size
--megatron_lm_calculate_per_token_loss --megatron_lm_use_rotary_position_embeddings --fp8_backend --fp8_margin
--fp8_interval --fp8_format --fp8_amax_history_len --fp8_amax_compute_algo --fp8_override_linear_precision
--fp8_opt_level --fp8_enable_fsdp_float8_all_gather --fp8_pad_inner_dim --aws_access_key_id --aws_secret_access_key
--mpirun_hostfile --parallelism_config_dp_replicate_size --parallelism_config_dp_shard_size
--parallelism_config_tp_size --parallelism_config_cp_size --parallelism_config_cp_backend
--parallelism_config_cp_comm_strategy --parallelism_config_sp_size --parallelism_config_sp_backend
--parallelism_config_sp_seq_length --parallelism_config_sp_seq_length_is_variable
--parallelism_config_sp_attn_implementation`;

/** The same parser's switches. */
const SWITCHES = `
--help|-h --quiet|-q --cpu --multi_gpu --tpu --enable_cpu_affinity --dynamo_use_fullgraph --dynamo_use_dynamic
--dynamo_use_regional_compilation --use_deepspeed --use_fsdp --use_parallelism_config --use_megatron_lm --same_network
--module|-m --no_python --tpu_cluster --no_tpu_cluster --tpu_use_sudo --downcast_bf16 --fp8_use_autocast_during_eval
--debug`;

/** Every option may also be spelled with dashes (CustomArgumentParser). */
function flagsIn(list: string, takesValue: boolean): LauncherFlag[] {
  return list
    .trim()
    .split(/\s+/)
    .map((names) => ({
      names: names
        .split('|')
        .flatMap((name) =>
          [...new Set([name, `--${name.slice(2).replaceAll('_', '-')}`])].filter(
            (known) => name.startsWith('--') || known === name,
          ),
        ),
      takesValue,
    }));
}

const flags: readonly LauncherFlag[] = [...flagsIn(VALUED, true), ...flagsIn(SWITCHES, false)];

/** What rampcheck sets for each node itself. */
const placed = [
  '--num_machines',
  '--num_processes',
  '--machine_rank',
  '--main_process_ip',
  '--main_process_port',
  '--same_network',
  '--rdzv_backend',
  '--deepspeed_hostfile',
  '--deepspeed_inclusion_filter',
  '--deepspeed_exclusion_filter',
  '--deepspeed_multinode_launcher',
];

/** accelerate launch, with its YAML. */
export const accelerate: Launcher = {
  name: 'accelerate',
  programs: ['accelerate', 'accelerate-launch'],
  misplaced: flags.filter(({ names }) =>
    names.some((name) =>
      ['--num_machines', '--machine_rank', '--main_process_ip', '--main_process_port'].includes(name),
    ),
  ),
  matches: (argv) => programEnd(argv) !== undefined,
  read(argv, env, cwd) {
    const words = readWords(argv);
    const config = readConfig(words, env, cwd);
    const kind = words.has('--no_python') ? 'program' : words.has('--module') ? 'module' : 'file';
    const deepspeedConfig = stated(words, config, 'deepspeed_config_file');
    return {
      launcher: 'accelerate',
      argv,
      launcherArgv: argv.slice(0, words.script),
      script: { kind, target: argv[words.script] ?? '', args: argv.slice(words.script + 1) },
      cluster: readCluster(words, config),
      ...(config ? { config } : {}),
      ...(deepspeedConfig !== undefined && usesDeepSpeed(words, config) ? { deepspeedConfig } : {}),
    };
  },
  nodeCommand(command, { rank, nodes, masterAddress, masterPort }) {
    const { argv, script, config } = command;
    const words = readWords(argv);
    const kept = words.given.filter(({ flag: { names } }) => !names.some((name) => placed.includes(name)));
    const total = nodes.reduce((sum, { slots }) => sum + slots.length, 0);
    const deepspeed = usesDeepSpeed(words, config);
    const other = ['--multi_gpu', '--use_fsdp', '--use_megatron_lm', '--tpu', '--cpu'].some(words.has);
    const kind = String(config?.value.distributed_type ?? 'NO');
    return [
      ...argv.slice(0, programEnd(argv)),
      ...kept.flatMap((given) => given.words),
      ...(deepspeed || other || kind !== 'NO' ? [] : ['--multi_gpu']),
      '--num_machines',
      String(nodes.length),
      '--num_processes',
      String(total),
      '--machine_rank',
      String(rank),
      '--main_process_ip',
      masterAddress,
      '--main_process_port',
      String(masterPort),
      '--same_network',
      '--rdzv_backend',
      'static',
      // All other launchers start the nodes themselves, over pdsh or MPI.
      ...(deepspeed ? ['--deepspeed_multinode_launcher', 'standard'] : []),
      ...(words.separated ? ['--'] : []),
      script.target,
      ...script.args,
    ];
  },
};

function readWords(argv: readonly string[]): LauncherWords {
  return readLauncherWords('accelerate launch', flags, argv, programEnd(argv) ?? 2);
}

function programEnd(argv: readonly string[]): number | undefined {
  const name = programName(argv[0]);
  if (name === 'accelerate-launch') return 1;
  if (name === 'accelerate') return argv[1] === 'launch' ? 2 : undefined;
  const python = pythonModule(argv);
  if (python?.module === 'accelerate.commands.launch') return python.end;
  return python?.module === 'accelerate.commands.accelerate_cli' && argv[python.end] === 'launch'
    ? python.end + 1
    : undefined;
}

/** The config of --config_file, or the default one if it exists. */
function readConfig(words: LauncherWords, env: Environment, cwd: string): StructuredFile | undefined {
  const given = words.value('--config_file');
  const path = given ?? defaultConfig(env);
  if (path === undefined) return undefined;
  const what = 'the accelerate config';
  const text = readNamedFile(cwd, path, { code: 'accelerate-config-missing', what });
  if (path.endsWith('.json')) {
    return parseJsonObject(text, path, {
      what,
      notJson: 'accelerate-config-bad',
      notObject: 'accelerate-config-bad',
      expected: 'accelerate expects { "distributed_type": "DEEPSPEED", … }',
    });
  }
  return parseYamlObject(text, path, { what, code: 'accelerate-config-bad' });
}

function defaultConfig(env: Environment): string | undefined {
  const cache =
    env.HF_HOME ??
    (env.HOME === undefined
      ? undefined
      : join(env.XDG_CACHE_HOME ?? join(env.HOME, '.cache'), 'huggingface'));
  if (cache === undefined) return undefined;
  return ['default_config.yaml', 'default_config.json']
    .map((name) => join(cache, 'accelerate', name))
    .find((path) => existsSync(path));
}

/** The value of an option, or of the config's entry with the same name; the option wins. */
function stated(words: LauncherWords, config: StructuredFile | undefined, name: string): string | undefined {
  const given = words.value(`--${name}`);
  if (given !== undefined) return given;
  const { deepspeed_config: deepspeed } = config?.value ?? {};
  const value =
    config?.value[name] ??
    (typeof deepspeed === 'object' && deepspeed !== null
      ? (deepspeed as Record<string, unknown>)[name]
      : undefined);
  return value === undefined || value === null || value === '' ? undefined : String(value);
}

function usesDeepSpeed(words: LauncherWords, config: StructuredFile | undefined): boolean {
  if (words.has('--use_deepspeed')) return true;
  const chosen = ['--multi_gpu', '--tpu', '--use_fsdp', '--use_megatron_lm'].some(words.has);
  return !chosen && config?.value.distributed_type === 'DEEPSPEED';
}

function readCluster(words: LauncherWords, config: StructuredFile | undefined): ClusterRequest {
  const cluster: ClusterRequest = {};
  const whole = (name: string, least: number) => {
    const text = stated(words, config, name);
    return text === undefined ? undefined : wholeNumberOf('accelerate launch', `--${name}`, text, least);
  };
  const [include, exclude, hostfile] = [
    'deepspeed_inclusion_filter',
    'deepspeed_exclusion_filter',
    'deepspeed_hostfile',
  ].map((name) => stated(words, config, name));
  const nodes = whole('num_machines', 1) ?? 1;
  const processes = stated(words, config, 'num_processes') === '-1' ? undefined : whole('num_processes', 1);
  if (hostfile !== undefined) cluster.hostfile = hostfile;
  if (include !== undefined) cluster.include = include;
  if (exclude !== undefined) cluster.exclude = exclude;
  // With a filter, accelerate does not pass on a number of GPUs.
  if (include === undefined && exclude === undefined) {
    if (nodes > 1) cluster.nodes = nodes;
    // The total over all machines; a remainder is dropped.
    if (processes !== undefined) {
      if (processes < nodes) {
        throw new RampcheckError(
          'launcher-flag-value',
          `accelerate launch: ${plural(processes, 'process')} cannot be distributed over ${plural(nodes, 'machine')}`,
          {
            hint: 'num_processes counts the ranks of all machines together',
          },
        );
      }
      cluster.ranksPerNode = Math.floor(processes / nodes);
    }
  }
  const [address, port] = [
    stated(words, config, 'main_process_ip'),
    stated(words, config, 'main_process_port'),
  ];
  if (address !== undefined) cluster.masterAddress = address;
  if (port !== undefined && port !== '0')
    cluster.masterPort = portOf('accelerate launch', '--main_process_port', port);
  return cluster;
}
