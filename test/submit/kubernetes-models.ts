import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../support/cli.ts';

/** What of these objects the published models refuse or drop. */
export async function modelled(documents: readonly object[]): Promise<string[]> {
  const python = join(root, '.venv-k8s', 'bin', 'python');
  const { stdout } = await execa(python, [join(root, 'test/submit/kubernetes_models.py')], {
    input: JSON.stringify(documents),
  });
  return JSON.parse(stdout) as string[];
}
