import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode } from '../errors.ts';
import { applyFilters } from '../job/filters.ts';
import { hostFormats } from '../job/host-formats.ts';
import { readHostfile } from '../job/hostfile.ts';
import type { hostsOptions } from './options.ts';

/** `rampcheck hosts`: starts nothing and contacts no host. */
export async function hostsRun(
  { options, args }: CommandInput<Values<typeof hostsOptions>>,
  { cwd }: Context,
): Promise<CommandResult> {
  const { include, exclude, slots, to } = options;
  const nodes = applyFilters(readHostfile(cwd, args[0] ?? '', slots), {
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
  });
  const format = hostFormats.find(({ name }) => name === to);
  return {
    exitCode: ExitCode.done,
    document: {
      nodes: nodes.map(({ name, user, port, slots: indices }, rank) => ({
        rank,
        name,
        user,
        port,
        slots: indices,
      })),
      ranks: nodes.reduce((sum, node) => sum + node.slots.length, 0),
    },
    text: format?.write(nodes) ?? '',
  };
}
