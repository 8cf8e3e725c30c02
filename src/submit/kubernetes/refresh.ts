import { ExitCode, RampcheckError } from '../../errors.ts';
import type { Environment, Standing } from '../engine.ts';
import { isSettled } from '../settle.ts';
import { endingOf, FirstNode } from './first-node.ts';
import { OVER } from './follow.ts';
import { ownWords } from './kubectl.ts';
import { firstPodOf, kindOf, kubectlOf, readPlace } from './place.ts';

const CONDITIONS = 'jsonpath={range .status.conditions[?(@.status=="True")]}{.type} {end}';

/** Asks the cluster, and after the end reads the log of the first node. */
export async function refresh(path: string, env: Environment): Promise<Standing> {
  const place = readPlace(path);
  const kubectl = kubectlOf(place, env);
  const job = await kubectl.run(['get', kindOf(place).resource, place.name, '--output', CONDITIONS]);
  const removed = job.exitCode !== 0 && /NotFound/.test(job.stderr);
  if (job.exitCode !== 0 && !removed) {
    throw new RampcheckError('kubectl-failed', `kubectl get: ${ownWords(job.stderr)}`, {
      exitCode: ExitCode.nodeNotStarted,
    });
  }
  const first = ['--selector', firstPodOf(place)];
  if (!removed && !OVER.test(job.stdout)) {
    const pods = await kubectl.run([
      'get',
      'pods',
      ...first,
      '--output',
      'jsonpath={.items[*].status.phase}',
    ]);
    return { phase: pods.stdout.includes('Running') ? 'running' : 'queued', words: job.stdout.trim() };
  }
  const over = { phase: 'over', words: removed ? 'removed' : job.stdout.trim() } as const;
  if (isSettled(path)) return over;
  const said = new FirstNode();
  const log = await kubectl.run(['logs', ...first, '--tail=-1']);
  if (log.exitCode === 0) for (const line of log.stdout.split('\n')) said.hear(line);
  return { ...over, ending: endingOf(said) };
}
