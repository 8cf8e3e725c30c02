/** What an axolotl command holds beside TrainingArguments: for the launcher that reads it, and for the rules that judge it. */

/** Settings with which axolotl makes a schedule of its own. */
export const axolotlExtras = [
  'cosine_min_lr_ratio',
  'cosine_constant_lr_ratio',
  'lr_quadratic_warmup',
  'jagged_restart_steps',
  'lr_groups',
];

/** What stands behind the second `--`. */
export function launcherWords(argv: readonly string[]): readonly string[] {
  return argv.includes('--') ? argv.slice(argv.indexOf('--') + 1) : [];
}
