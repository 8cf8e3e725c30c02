import { createHash } from 'node:crypto';
import { launcherNamed } from '../../launchers/index.ts';
import { ports } from '../contract/contract.ts';
import { activated } from '../job/activation.ts';
import { countJobSteps, versionsFor, worldSizeOf } from '../job/count-job-steps.ts';
import type { Job } from '../job/job.ts';
import { holdSteps } from '../schedule/hold.ts';
import { libraryCurve } from '../schedule/index.ts';
import type { StepCounts } from '../schedule/steps.ts';
import { type PlannedCurve, planCurve } from './planned-curve.ts';

export interface PlannedNode {
  /** Node rank. */
  rank: number;
  name: string;
  slots: number[];
  cwd: string;
  /** The command that starts this node's ranks, as an argument vector. */
  argv: string[];
  /** Variables added to the node's environment. */
  env: Record<string, string>;
}

export interface Master {
  address: string;
  /** A number, or a placeholder that the job fills in. */
  port: number | string;
  why: string;
}

/** Everything that `launch` will do, computed before anything starts. */
export interface Plan {
  /** The user's command as an argument vector. */
  command: string[];
  /** Where the nodes come from: "hostfile hostfiles/8x8-h100". */
  nodesFrom: string;
  executor: Job['executor'];
  nodes: PlannedNode[];
  /** Ranks of the whole job; null if only the launcher will count them. */
  worldSize: number | null;
  /** The rendezvous address; null if the launcher of the only node chooses it. */
  master: Master | null;
  /** Samples per optimizer step; null without a world size. */
  batch: { perDevice: number; accumulation: number; worldSize: number; global: number } | null;
  steps: StepCounts;
  expected: PlannedCurve;
  /** N and the failure mode that needs it; `steps: null` if only the run knows it. */
  hold: { steps: number; mode: string; why: string } | { steps: null; why: string };
  /** Variables added to every node's environment, with their sources. */
  environment: { name: string; value: string; source: string }[];
  /** Notes for the reader. */
  notes: string[];
  /** SHA-256 of all fields above. */
  hash: string;
}

export interface PlanOptions {
  holdSteps?: number | 'auto' | undefined;
  /** --no-projection: N must then cover every failure mode. */
  projection?: boolean | undefined;
  /** A free port instead of the plan's own. */
  masterPort?: number | undefined;
  /** For a job whose nodes are named later: placeholders for the rendezvous address and for each node's own address. */
  meeting?: { address: string; port: string; own: string } | undefined;
}

/**
 * Computes the plan of a job. It is a pure function of the job: two calls give the same bytes.
 *
 * @throws RampcheckError if the library refuses the schedule or the step counts.
 */
export function makePlan(job: Job, options: PlanOptions = {}): Plan {
  const worldSize = worldSizeOf(job) ?? null;
  const steps = countJobSteps(job);
  const expected = planCurve(job, steps);
  const { master, nodes } = place(job, options);
  const plan = {
    command: [...job.command.argv],
    nodesFrom: job.nodesFrom,
    executor: job.executor,
    nodes,
    worldSize,
    master,
    batch: worldSize === null ? null : batchOf(job, worldSize),
    steps,
    expected,
    hold: planHold(job, steps, expected, options),
    environment: Object.entries(job.env).map(([name, value]) => ({
      name,
      value,
      source: job.envSources[name] ?? '',
    })),
    notes: notesOn(job),
  };
  return { ...plan, hash: createHash('sha256').update(JSON.stringify(plan)).digest('hex') };
}

/** The rendezvous address of a job: the command's own, or the first node with a port that the command's hash chooses. */
export function masterOf(job: Job): Master & { port: number } {
  const { masterAddress, masterPort } = job.command.cluster;
  const local = job.reach === 'here';
  const address = masterAddress ?? (local ? '127.0.0.1' : (job.nodes[0]?.name ?? '127.0.0.1'));
  const addressWhy =
    masterAddress !== undefined
      ? 'set in the command'
      : local
        ? 'all nodes are this machine'
        : 'the first node';
  if (masterPort !== undefined)
    return { address, port: masterPort, why: `${addressWhy}; the port is set in the command` };
  if (!local || job.unchanged)
    return { address, port: 29_500, why: `${addressWhy}; the launchers' usual port` };
  const port = ports.first + (Number.parseInt(digest(job).slice(0, 8), 16) % ports.span);
  return {
    address,
    port,
    why: `${addressWhy}; the port is derived from the command, so that two runs use different ports`,
  };
}

function place(job: Job, { masterPort, meeting }: PlanOptions): Pick<Plan, 'nodes' | 'master'> {
  const { command, cwd, env } = job;
  const start = (
    { name, slots }: Job['nodes'][number],
    rank: number,
    argv: string[],
    more: Record<string, string> = {},
  ): PlannedNode => ({
    rank,
    name,
    slots: [...slots],
    cwd,
    argv: activated(job.activate, argv),
    env: { ...env, ...more },
  });
  if (job.unchanged) {
    return { master: null, nodes: job.nodes.map((node, rank) => start(node, rank, [...command.argv])) };
  }
  const usual = meeting ? { ...meeting, why: 'the job chooses both when it starts' } : masterOf(job);
  const master: Master =
    masterPort === undefined
      ? usual
      : { ...usual, port: masterPort, why: `${usual.why.split(';')[0]}; a free port` };
  const launcher = launcherNamed(command.launcher);
  const nodes = job.nodes.map((node, rank) => {
    const placement = {
      rank,
      nodes: job.nodes,
      masterAddress: master.address,
      masterPort: master.port,
      localAddress: meeting?.own ?? (job.reach === 'here' ? '127.0.0.1' : node.name),
      runId: `rampcheck-${digest(job).slice(0, 12)}`,
      python: job.python,
    };
    const more = launcher.nodeEnv?.(command, placement);
    return start(node, rank, launcher.nodeCommand(command, placement), more);
  });
  return { master, nodes };
}

/** Identifies a job: the command and the nodes. */
function digest({ command, nodes, cwd }: Job): string {
  return createHash('sha256')
    .update(JSON.stringify([cwd, command.argv, nodes.map(({ name, slots }) => [name, slots])]))
    .digest('hex');
}

function batchOf({ training, defaults }: Job, worldSize: number): NonNullable<Plan['batch']> {
  const perDevice = training.per_device_train_batch_size?.value ?? defaults.per_device_train_batch_size;
  const accumulation = training.gradient_accumulation_steps?.value ?? defaults.gradient_accumulation_steps;
  return { perDevice, accumulation, worldSize, global: perDevice * accumulation * worldSize };
}

function planHold(
  job: Job,
  steps: StepCounts,
  { spec, why }: PlannedCurve,
  options: PlanOptions,
): Plan['hold'] {
  const { total, warmup, updatesPerEpoch } = steps;
  const asked = options.holdSteps;
  if (typeof asked === 'number') {
    return { steps: Math.min(asked, total.value ?? asked), mode: 'asked', why: `--hold-steps ${asked}` };
  }
  if (!spec) return { steps: null, why: `decided at start-up: ${why}` };
  if (total.value === null || warmup.value === null) {
    return { steps: null, why: 'decided at start-up, when the total is known' };
  }
  const chosen = holdSteps(libraryCurve(spec, versionsFor(job)), total.value, {
    projection: options.projection ?? true,
    worldSize: worldSizeOf(job) ?? 1,
    accumulation: job.training.gradient_accumulation_steps?.value ?? job.defaults.gradient_accumulation_steps,
    updatesPerEpoch: updatesPerEpoch.value ?? undefined,
  });
  return { steps: chosen.steps, mode: chosen.mode, why: chosen.why };
}

function notesOn({ training, unchanged, nodes }: Job): string[] {
  const notes: string[] = [];
  const ratio = training.warmup_ratio;
  if (ratio) {
    notes.push(
      `transformers 5.15 and later refuse ${ratio.text}; there, --warmup_steps ${ratio.value} means the same share of the run`,
    );
  }
  if (unchanged && nodes.some(({ slots }) => slots.length === 0)) {
    notes.push(
      'the launcher counts the accelerators of this machine itself, so the number of ranks is not known before the run',
    );
  }
  return notes;
}
