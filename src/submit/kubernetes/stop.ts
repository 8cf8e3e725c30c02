import { ExitCode, RampcheckError } from '../../errors.ts';
import type { Environment, Standing } from '../engine.ts';
import { ownWords } from './kubectl.ts';
import { firstPodOf, kubectlOf, readPlace, removal } from './place.ts';

/**
 * Removes a run from the cluster and returns when its pods are gone.
 *
 * @throws RampcheckError `not-stopped` (exit 92) with kubectl's own message.
 */
export async function stop(path: string, env: Environment): Promise<Standing> {
  const place = readPlace(path);
  const args = [...removal(place), '--cascade=foreground', '--wait=true', '--timeout=120s'];
  const { exitCode, stderr } = await kubectlOf(place, env).run(args);
  if (exitCode !== 0) {
    throw new RampcheckError('not-stopped', `${place.name} has not ended: ${ownWords(stderr)}`, {
      hint: `kubectl get pods --selector ${firstPodOf(place)} shows the state of its first node`,
      exitCode: ExitCode.nodeLost,
    });
  }
  const cause = { kind: 'interrupted', signal: 'SIGTERM' } as const;
  return { phase: 'over', words: 'removed', ending: { said: undefined, cause, gone: true } };
}
