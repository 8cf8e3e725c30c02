import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import { ExitCode } from '../errors.ts';
import { applyFilters } from '../job/filters.ts';
import { hostFormats } from '../job/host-formats.ts';
import { readHostfile } from '../job/hostfile.ts';

interface HostsOptions {
  include?: string;
  exclude?: string;
  slots?: number;
  to: string;
}

/** `rampcheck hosts`: nothing is started, no host is asked. */
export async function hostsRun({ options, args }: CommandInput, { cwd }: Context): Promise<CommandResult> {
  const { include, exclude, slots, to } = options as unknown as HostsOptions;
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
