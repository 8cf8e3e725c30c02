import { ExitCode, RampcheckError } from '../../errors.ts';
import { type Kubectl, ownWords } from './kubectl.ts';
import type { Manifest } from './manifest.ts';
import { toYaml } from './manifests.ts';

/**
 * Lets the server check every object without creating it. Only a TrainJob is left out: its server refuses one with a
 * runtime that does not exist yet.
 *
 * @throws RampcheckError `kubernetes-refused` with the server's own message
 */
export async function validate(kubectl: Kubectl, objects: readonly Manifest[]): Promise<void> {
  const known = objects.filter(({ kind }) => kind !== 'TrainJob');
  const args = ['create', '--dry-run=server', '--output', 'name', '--filename', '-'];
  const { exitCode, stderr } = await kubectl.run(args, toYaml(known));
  if (exitCode !== 0) throw refused(stderr);
}

/**
 * Creates the objects, or none if one is refused. They are created, not applied: a job with the same name is another run.
 *
 * @throws RampcheckError `kubernetes-refused` with the server's own message
 */
export async function create(kubectl: Kubectl, objects: readonly Manifest[]): Promise<void> {
  const args = ['create', '--output', 'name', '--filename', '-'];
  const { exitCode, stdout, stderr } = await kubectl.run(args, toYaml(objects));
  if (exitCode === 0) return;
  const made = stdout.split('\n').filter(Boolean);
  if (made.length > 0) await kubectl.run(['delete', '--ignore-not-found', '--wait=false', ...made.reverse()]);
  throw refused(stderr);
}

/** Removes the objects, first the one that owns the pods. */
export async function remove(kubectl: Kubectl, objects: readonly Manifest[]): Promise<void> {
  const heads = objects.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  }));
  const args = ['delete', '--ignore-not-found', '--wait=false', '--filename', '-'];
  const { exitCode, stderr } = await kubectl.run(args, toYaml(heads.reverse()));
  if (exitCode !== 0) throw refused(stderr);
}

function refused(stderr: string): RampcheckError {
  return new RampcheckError('kubernetes-refused', `the cluster refuses: ${ownWords(stderr)}`, {
    hint: "this is kubectl's own message; nothing was created. --dry-run prints the manifest",
    exitCode: ExitCode.preflightFailed,
  });
}
