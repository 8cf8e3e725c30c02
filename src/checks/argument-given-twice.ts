import type { Rule } from './finding.ts';
import { inCommand } from './read.ts';

export const argumentGivenTwice: Rule = {
  id: 'argument-given-twice',
  title: 'The same option is given twice, with two values',
  severity: 'warning',
  reads: "the script's own options",
  why: 'The last one wins without a word. A wrapper that appends "$@" to a list of defaults is how a learning rate is set that nobody sees.',
  fix: 'keep the one that is meant',
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
          message: `--${name} is given ${given.length} times: the last one counts`,
          evidence: [inCommand(last, 'counts'), inCommand(first, 'does not')],
        },
      ];
    });
  },
};
