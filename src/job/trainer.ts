import type { Job, Script } from './job.ts';
import type { Setting } from './setting.ts';

/** How a trainer builds batches from the rows of its data set, if it does not use one row after the other. */
export interface Batching {
  /** Every prompt is completed several times, and the completions are used several times: GRPO, RLOO. */
  generation?: Generation;
  /** Several rows are packed into one sequence. */
  packing?: boolean;
  /** Why the number of batches is known only to the run. */
  unknown?: string;
  /** Rows that the trainer skips, so a run may have fewer steps than its rows suggest. */
  leavesOut?: string;
}

/** The arguments of TRL's GRPOConfig and RLOOConfig that decide the number of batches, under their own names. */
export interface Generation {
  num_generations: number;
  num_iterations: number;
  steps_per_generation?: number | undefined;
  generation_batch_size?: number | undefined;
}

/** TRL's trainers that complete prompts, and their default number of completions (trl 1.16.0, grpo_config.py, rloo_config.py). */
const generating: Readonly<Record<string, number>> = { GRPO: 8, RLOO: 2 };

/** TRL's trainers that use one row of their data set after the other, and the rows that they skip. */
const byRow: Readonly<Record<string, string | undefined>> = {
  SFT: 'rows with an answer beyond max_length',
  DPO: 'rows with a prompt as long as max_length',
  KTO: 'rows with a prompt as long as max_length',
  Reward: 'rows longer than max_length',
  ORPO: undefined,
  CPO: undefined,
  BCO: undefined,
  PRM: undefined,
};

/** The training stages of front-ends that build their own batches (LLaMA-Factory 0.9.5, ms-swift 4.6.0, axolotl 0.19.0). */
const frontEndStages: Readonly<Record<string, { name: string; own: RegExp }>> = {
  llamafactory: { name: 'stage', own: /^ppo$/ },
  swift: { name: 'rlhf_type', own: /^(grpo|ppo|gkd)$/ },
  axolotl: { name: 'rl', own: /^(grpo|gdpo|ebft)$/ },
};

/** How the job's trainer builds batches, as far as the command and the text of the script show it. */
export function batchingOf(
  job: Pick<Job, 'training' | 'settings' | 'frontEnd' | 'scriptText' | 'command'>,
): Batching {
  const { training, settings, frontEnd } = job;
  if (frontEnd !== undefined) return frontEndBatching(frontEnd, settings, training.packing?.value);
  const text = job.scriptText ?? '';
  if (/^\s+def (get_train_dataloader|_get_train_sampler)\b/m.test(text))
    return { unknown: 'only the run knows the number of batches: the script builds them itself' };
  const packing = training.packing?.value ?? /\bpacking\s*=\s*True\b/.test(text);
  const names = trlTrainers(job);
  const command = trlCommand(job.command.script);
  const [name = ''] = names.filter((candidate) => candidate in generating);
  if (name) {
    if (names.length > 1 || (!command && !/\b(HfArgumentParser|TrlParser)\b/.test(text)))
      return {
        unknown: `only the run knows the number of batches: the script decides how often ${name} completes a prompt`,
      };
    return { generation: generationOf(name, settings) };
  }
  const other = names.find((candidate) => !(candidate in byRow));
  if (other) return { unknown: `only the run knows the number of batches: ${other}Trainer builds its own` };
  const leavesOut = names.map((candidate) => byRow[candidate]).find(Boolean);
  return { packing, ...(leavesOut ? { leavesOut } : {}) };
}

/** The same for a run, from the rank's report about the Trainer in force; `training` is what facts.py collects. */
export function batchingOfRun(
  training: Readonly<Record<string, number | boolean | string | null>>,
): Batching {
  const own = training.batches_by;
  const name = /^trl\.trainer\.\w+\.(\w+)Trainer$/.exec(String(own ?? training.trl ?? ''))?.[1] ?? '';
  if (name in generating) {
    const number = (key: string) =>
      typeof training[key] === 'number' ? (training[key] as number) : undefined;
    return {
      generation: {
        num_generations: number('num_generations') ?? generating[name] ?? 1,
        num_iterations: number('num_iterations') ?? 1,
        // The config has computed one of the two from the other.
        steps_per_generation: number('steps_per_generation'),
      },
    };
  }
  if (own && !(name in byRow))
    return { unknown: `only the run knows the number of batches: ${own} builds them` };
  const leavesOut = byRow[name];
  return { packing: training.packing === true, ...(leavesOut ? { leavesOut } : {}) };
}

/** The TRL trainer that the job uses; undefined if there is none or more than one. */
export function trlTrainer(job: Pick<Job, 'scriptText' | 'command'>): string | undefined {
  const [name, ...others] = trlTrainers(job);
  return others.length === 0 ? name : undefined;
}

function trlTrainers({ scriptText, command }: Pick<Job, 'scriptText' | 'command'>): string[] {
  const named = trlCommand(command.script);
  return named ? [named] : [...new Set(trainersIn(scriptText ?? ''))];
}

/** The trainer of `trl grpo …`, of `python -m trl.scripts.grpo`, and of the program `trl` with a path. */
function trlCommand({ kind, target, args }: Script): string | undefined {
  const module = /^trl\.scripts\.(\w+)$/.exec(target)?.[1];
  const word =
    kind === 'module' ? (module ?? (/^trl(\.cli)?$/.test(target) ? args[0] : undefined)) : undefined;
  const program = /(^|\/)trl$/.test(target) ? args[0] : undefined;
  const named = (word ?? program ?? '').toLowerCase();
  return [...Object.keys(byRow), ...Object.keys(generating)].find((name) => name.toLowerCase() === named);
}

/** "GRPO" for GRPOTrainer or GRPOConfig, for every such name that a script imports from TRL. */
function trainersIn(text: string): string[] {
  if (!/\btrl\b/.test(text)) return [];
  return [...text.matchAll(/\b([A-Z]\w*?)(?:Trainer|Config)\b/g)]
    .map(([, name = '']) => name)
    .filter(
      (name) =>
        name in byRow || name in generating || new RegExp(`\\btrl\\b.*\\b${name}Trainer\\b`).test(text),
    );
}

function generationOf(name: string, settings: readonly Setting[]): Generation {
  const number = (key: string) => {
    const value = settings.findLast((setting) => setting.name === key)?.value;
    return value === undefined || value === null ? undefined : Number(value);
  };
  return {
    num_generations: number('num_generations') ?? generating[name] ?? 1,
    num_iterations: number('num_iterations') ?? 1,
    steps_per_generation: number('steps_per_generation'),
    generation_batch_size: number('generation_batch_size'),
  };
}

function frontEndBatching(
  frontEnd: string,
  settings: readonly Setting[],
  packing: boolean | undefined,
): Batching {
  const stage = frontEndStages[frontEnd];
  const value = String(settings.findLast(({ name }) => name === stage?.name)?.value ?? '');
  if (stage?.own.test(value))
    return { unknown: `only the run knows the number of batches: ${stage.name} ${value} builds its own` };
  // LLaMA-Factory packs what it pre-trains on unless it is asked not to (hparams/data_args.py).
  return { packing: packing ?? (frontEnd === 'llamafactory' && value === 'pt') };
}
