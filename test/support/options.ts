import { commanderOf, inputOf } from '../../src/cli/command-line.ts';
import type { CommandDefinition, CommandInput, Context } from '../../src/command/command.ts';
import type { OptionTable, Values } from '../../src/command/option.ts';

/** The values of a table whose options are all left out. */
export function defaultsOf<Table extends OptionTable>(table: Table): Values<Table> {
  const values = Object.entries(table).map(([name, option]) => [name, option.default]);
  return Object.fromEntries(values) as Values<Table>;
}

/** What a command's handler gets for these words, `raw` behind two dashes. */
export async function parse(
  definition: CommandDefinition,
  words: readonly string[],
  context: Context,
  raw: readonly string[] = [],
): Promise<CommandInput<Record<string, unknown>>> {
  let input: CommandInput | undefined;
  const command = commanderOf(definition, async (parsed) => {
    input = await inputOf(definition, parsed, raw, context);
  });
  await command.parseAsync([...words], { from: 'user' });
  return input as CommandInput<Record<string, unknown>>;
}
