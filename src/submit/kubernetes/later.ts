import { join } from 'node:path';
import { ExitCode, RampcheckError } from '../../errors.ts';
import type { Verdict } from '../../run/verdict.ts';
import { BATCH, type Batch } from '../../run-folder/batch.ts';
import { readVerdict } from '../../run-folder/record.ts';
import { writeByRename } from '../../write-by-rename.ts';
import { OVER } from './follow.ts';
import { ownWords } from './kubectl.ts';
import { firstPodOf, kindOf, kubectlOf, readPlace, removal } from './place.ts';
import { FirstNode, isSettled, settle } from './verdict.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Asks the cluster how a run stands, and when it is over reads its verdict. Without an answer the folder stays as it is. */
export async function refresh(path: string, batch: Batch, env: Environment): Promise<Batch> {
  if (batch.phase === 'over' && isSettled(path)) return batch;
  const place = readPlace(path);
  const kubectl = kubectlOf(place, env);
  const conditions = 'jsonpath={range .status.conditions[?(@.status=="True")]}{.type} {end}';
  const { exitCode, stdout, stderr } = await kubectl.run([
    'get',
    kindOf(place).resource,
    place.name,
    '--output',
    conditions,
  ]);
  const removed = exitCode !== 0 && /NotFound/.test(stderr);
  if (exitCode !== 0 && !removed) return batch;
  const over = removed || OVER.test(stdout);
  const pods = [
    'get',
    'pods',
    '--selector',
    firstPodOf(place),
    '--output',
    'jsonpath={.items[*].status.phase}',
  ];
  const running = !over && (await kubectl.run(pods)).stdout.includes('Running');
  const known: Batch = {
    ...batch,
    phase: over ? 'over' : running ? 'running' : 'queued',
    words: removed ? 'removed' : stdout.trim(),
  };
  if (over && !isSettled(path)) {
    const said = new FirstNode();
    const log = await kubectl.run(['logs', '--selector', firstPodOf(place), '--tail=-1']);
    if (log.exitCode === 0) for (const line of log.stdout.split('\n')) said.hear(line);
    settle(path, said);
  }
  writeByRename(join(path, BATCH), `${JSON.stringify(known, null, 2)}\n`);
  return known;
}

/**
 * Removes a run from the cluster, and returns when its pods are gone.
 *
 * @throws RampcheckError `not-stopped` (exit 92) with kubectl's own words
 */
export async function stop(
  path: string,
  batch: Batch,
  env: Environment,
): Promise<{ verdict: Verdict | undefined; already: boolean }> {
  const before = await refresh(path, batch, env);
  if (before.phase === 'over') return { verdict: readVerdict(path), already: true };
  const place = readPlace(path);
  const args = [...removal(place), '--cascade=foreground', '--wait=true', '--timeout=120s'];
  const { exitCode, stderr } = await kubectlOf(place, env).run(args);
  if (exitCode !== 0) {
    throw new RampcheckError('not-stopped', `${place.name} has not ended: ${ownWords(stderr)}`, {
      hint: `kubectl get pods --selector ${firstPodOf(place)} says how its first node stands`,
      exitCode: ExitCode.nodeLost,
    });
  }
  const verdict = settle(path, new FirstNode(), {
    cause: { kind: 'interrupted', signal: 'SIGTERM' },
    gone: true,
  });
  writeByRename(
    join(path, BATCH),
    `${JSON.stringify({ ...batch, phase: 'over', words: 'removed' }, null, 2)}\n`,
  );
  return { verdict, already: false };
}
