import type { Setting } from './setting.ts';

/** Beginnings of names that say a bound or a moment of the one schedule, and no rate of some of the parameters. */
const OF_THE_SCHEDULE =
  /^(min|max|end|final|start|initial|init|base|warmup|cosine_min|cosine_constant|decay|scale|lr|target|peak)_/;

/** `--mm_projector_lr 2e-5`, `--embedding_learning_rate …`: learning rates that a command states for some of the parameters. */
export function groupRates(settings: readonly Setting[]): (Setting & { rate: number })[] {
  return settings.flatMap((setting) => {
    const { name, value } = setting;
    const rate = value === null || value === '' || typeof value === 'boolean' ? Number.NaN : Number(value);
    if (!/^[a-z]\w*_(lr|learning_rate)$/.test(name) || OF_THE_SCHEDULE.test(name) || !(rate > 0)) return [];
    return [{ ...setting, rate }];
  });
}
