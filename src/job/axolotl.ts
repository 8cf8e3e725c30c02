/** The parts of an axolotl command that are not TrainingArguments: for its launcher and for the rules. */

/** Settings for which axolotl builds its own schedule. */
export const axolotlExtras = [
  'cosine_min_lr_ratio',
  'cosine_constant_lr_ratio',
  'lr_quadratic_warmup',
  'jagged_restart_steps',
  'lr_groups',
];

/** The arguments after the second `--`. */
export function launcherWords(argv: readonly string[]): readonly string[] {
  return argv.includes('--') ? argv.slice(argv.indexOf('--') + 1) : [];
}
