import { ExitCode, RampcheckError } from '../errors.ts';
import type { Executor } from '../executors/executor.ts';
import type { Job } from '../job/job.ts';
import type { Plan } from '../plan/plan.ts';
import { essential } from './checks/index.ts';
import { examine, wantedBy } from './examine.ts';

/**
 * Finds what would make every rank fail at once, before one starts: a directory, script, config or launcher that a node lacks.
 *
 * @throws RampcheckError `preflight-failed` (exit 90) with the reason of every node.
 */
export async function preflight(executor: Executor, job: Job, plan: Plan): Promise<void> {
  const wanted = { ...wantedBy(job, plan), master: null };
  const { nodes, checks, excludeLine } = await examine(executor, job.nodes, wanted, essential);
  const away = nodes.flatMap(({ name, error }) => (error ? [`${name}: ${error.message}`] : []));
  const problems = checks.flatMap((check) => check.problems);
  const reasons = [
    ...away,
    ...problems.map(({ node, message }) => (node === null ? message : `${node}: ${message}`)),
  ];
  if (reasons.length === 0) return;
  const [first] = problems;
  throw new RampcheckError(
    'preflight-failed',
    `nothing was started:${reasons.map((line) => `\n    ${line}`).join('')}`,
    {
      hint: [first?.fix, excludeLine && `or exclude nodes: ${excludeLine}`].filter(Boolean).join('; '),
      exitCode: ExitCode.preflightFailed,
    },
  );
}
