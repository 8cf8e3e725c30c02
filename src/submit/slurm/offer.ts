import { ExitCode, RampcheckError } from '../../errors.ts';
import type { Plan } from '../../plan/plan.ts';
import { plural } from '../../plural.ts';
import type { SlurmCommands } from './commands.ts';
import type { SlurmRequest } from './request.ts';

/** The resources of a partition, from sinfo. */
export interface Offer {
  partition: string;
  isDefault: boolean;
  nodes: number;
  /** The most GPUs of one node; 0 without any. */
  gpus: number;
}

/** The partitions that this user can see. */
export async function readOffers(slurm: SlurmCommands): Promise<Offer[]> {
  const { stdout, exitCode } = await slurm.run(['sinfo', '--noheader', '--format=%P|%D|%G']);
  if (exitCode !== 0) return [];
  const offers = new Map<string, Offer>();
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [name = '', count, gres = ''] = line.split('|');
    const partition = name.replace(/\*$/, '');
    const known = offers.get(partition) ?? { partition, isDefault: name.endsWith('*'), nodes: 0, gpus: 0 };
    // gpu:8, gpu:h100:8, gpu:h100:8(S:0-1)
    const gpus = [...gres.matchAll(/\bgpu(?::[^:,()]+)?:(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
    offers.set(partition, { ...known, nodes: known.nodes + Number(count), gpus: Math.max(known.gpus, gpus) });
  }
  return [...offers.values()];
}

/**
 * Refuses what could never run, however long it waits in the queue. sbatch itself reports an unknown partition.
 *
 * @throws RampcheckError `gpus-differ` (exit 2), `too-few-nodes` or `too-few-gpus` (exit 90)
 */
export function assertPossible(plan: Plan, request: SlurmRequest, offers: readonly Offer[]): void {
  const ranks = plan.nodes[0]?.slots.length ?? 0;
  const { gpusPerNode } = request;
  if (gpusPerNode !== undefined && gpusPerNode !== ranks) {
    throw new RampcheckError(
      'gpus-differ',
      `--gpus-per-node is ${gpusPerNode}, but the command starts ${plural(ranks, 'rank')} per node`,
      {
        hint: `each rank needs one GPU: use --gpus-per-node ${ranks}, or ${plural(gpusPerNode, 'rank')} per node in the command`,
      },
    );
  }
  const offer = offers.find(({ partition, isDefault }) =>
    request.partition === undefined ? isDefault : partition === request.partition,
  );
  if (!offer) return;
  if (plan.nodes.length > offer.nodes) {
    throw refusal(
      'too-few-nodes',
      `the run needs ${plural(plan.nodes.length, 'node')}, but partition ${offer.partition} has ${offer.nodes}`,
      offers,
    );
  }
  if (gpusPerNode !== undefined && gpusPerNode > offer.gpus) {
    throw refusal(
      'too-few-gpus',
      `the run needs ${plural(gpusPerNode, 'GPU')} per node, but partition ${offer.partition} has ${offer.gpus}`,
      offers,
    );
  }
}

function refusal(code: string, message: string, offers: readonly Offer[]): RampcheckError {
  const list = offers.map(
    ({ partition, nodes, gpus }) => `${partition} (${plural(nodes, 'node')} × ${plural(gpus, 'GPU')})`,
  );
  return new RampcheckError(code, message, {
    hint: `the cluster offers ${list.join(', ')}`,
    exitCode: ExitCode.preflightFailed,
  });
}
