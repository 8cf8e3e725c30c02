import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const argumentGivenTwice: Rule = {
  id: 'argument-given-twice',
  title: 'The same option is given more than once, with different values',
  severity: 'warning',
  reads: "the script's own options",
  why: 'The last one wins silently. A wrapper script that appends "$@" to its own defaults can set a learning rate that nobody sees.',
  fix: 'keep only the one that you want',
  check({ settings }) {
    const own = settings.filter(({ source, value }) => source === 'command' && value !== undefined);
    const names = [...new Set(own.map(({ name }) => name))];
    return names.flatMap((name) => {
      const given = own.filter((setting) => setting.name === name);
      const [first, last] = [given[0], given.at(-1)];
      if (!first || !last || new Set(given.map(({ value }) => value)).size < 2) return [];
      return [
        {
          severity:
            /^(learning_rate|lr_scheduler_type|warmup_|max_steps|num_train_epochs|per_device_train|gradient_acc)/.test(
              name,
            )
              ? ('warning' as const)
              : ('note' as const),
          message: `--${name} is given ${given.length} times: the last one is used`,
          evidence: [inCommand(last, 'is used'), inCommand(first, 'is not used')],
        },
      ];
    });
  },
};
