import { RampcheckError } from '../errors.ts';

/** An environment to activate on a node before its launcher starts: --activate. */
export type Activation = { kind: 'venv' | 'script' | 'conda' | 'module'; name: string };

/**
 * The shell text for each kind. The name is "$0" and the command "$@": neither is part of the text, so the shell does not interpret
 * any of their characters. `exec` replaces the shell.
 */
const SHELL: Readonly<Record<Activation['kind'], readonly [string, string]>> = {
  venv: ['-c', '. "$0/bin/activate" && exec "$@"'],
  script: ['-c', '. "$0" && exec "$@"'],
  // A login shell: conda and modules are defined in files that only login shells read.
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
      `--activate needs a virtual environment, a script, conda:NAME or module:NAME, not '${text}'`,
    );
  }
  return { kind: /\.(sh|bash)$/.test(text) ? 'script' : 'venv', name: text };
}

/** As `parseActivation` reads it back. */
export function activationText({ kind, name }: Activation): string {
  return `${kind}:${name}`;
}

/** Returns a command that activates all of these in order and then runs the given one. */
export function activated(activations: readonly Activation[], argv: readonly string[]): string[] {
  return [...activations.flatMap(({ kind, name }) => ['bash', ...SHELL[kind], name]), ...argv];
}
