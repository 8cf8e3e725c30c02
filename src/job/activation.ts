import { RampcheckError } from '../errors.ts';

/** Something that is made part of a node's environment before its launcher starts: --activate. */
export type Activation = { kind: 'venv' | 'script' | 'conda' | 'module'; name: string };

/**
 * Shell text for each kind. The name is "$0" and the command "$@": neither is part of the text, so that no character of them means
 * anything to the shell. `exec` leaves no shell behind.
 */
const SHELL: Readonly<Record<Activation['kind'], readonly [string, string]>> = {
  venv: ['-c', '. "$0/bin/activate" && exec "$@"'],
  script: ['-c', '. "$0" && exec "$@"'],
  // A login shell: conda and modules are defined by files that others do not read.
  conda: ['-lc', 'eval "$(conda shell.bash hook)" && conda activate "$0" && exec "$@"'],
  module: ['-lc', 'module load "$0" && exec "$@"'],
};

/**
 * Reads `--activate`: `conda:NAME`, `module:NAME`, a script to source (`env.sh`), or the folder of a virtual environment.
 *
 * @throws RampcheckError `bad-option`
 */
export function parseActivation(text: string): Activation {
  const [, kind, name] = /^(conda|module|venv|script):(.+)$/s.exec(text) ?? [];
  if (kind !== undefined && name !== undefined) return { kind: kind as Activation['kind'], name };
  if (text.trim() === '' || /^[a-z]+:/.test(text)) {
    throw new RampcheckError(
      'bad-option',
      `--activate is a virtual environment, a script, conda:NAME or module:NAME, not '${text}'`,
    );
  }
  return { kind: /\.(sh|bash)$/.test(text) ? 'script' : 'venv', name: text };
}

/** As `parseActivation` reads it back. */
export function activationText({ kind, name }: Activation): string {
  return `${kind}:${name}`;
}

/** A command that runs with all of these in force, the first one activated first. */
export function activated(activations: readonly Activation[], argv: readonly string[]): string[] {
  return [...activations.flatMap(({ kind, name }) => ['bash', ...SHELL[kind], name]), ...argv];
}
