import { Command } from 'commander';
import {
  type CommandDefinition,
  type CommandInput,
  type Context,
  commonOptions,
} from '../command/command.ts';
import { flagOf, flagsOf, type Option, type OptionTable } from '../command/option.ts';
import { RampcheckError } from '../errors.ts';

/** A command's own options and the common ones. */
export function optionsOf({ options }: CommandDefinition): OptionTable {
  return { ...options, ...commonOptions };
}

/** Builds commander's command for a definition; `use` receives the parsed command line. */
export function commanderOf(definition: CommandDefinition, use: (parsed: Command) => Promise<void>): Command {
  const { name, summary, takesCommand, arguments: positional } = definition;
  const command = new Command(name)
    .description(summary)
    .exitOverride()
    .showHelpAfterError(false)
    .addHelpText('after', helpTail(definition))
    .action(() => use(command));
  if (positional !== undefined) command.arguments(positional);
  if (takesCommand) {
    command.usage('[options] -- <command…>').argument('[words...]').allowExcessArguments();
  }
  for (const [key, option] of Object.entries(optionsOf(definition))) addOption(command, key, option);
  return command;
}

function addOption(command: Command, name: string, option: Option): void {
  const { kind, description } = option;
  const flags = flagsOf(name, option);
  if (kind.placeholder === undefined) {
    command.option(flags, description);
    return;
  }
  const read = (text: string, before: unknown) => kind.read(text, flagOf(name, option), before);
  command.option(flags, description, read, option.default);
}

/**
 * Builds a handler's input: the options of the parsed command line, completed by those of the run file.
 *
 * @param raw the words after `--`
 * @throws RampcheckError `no-command`, and the errors of a run file
 */
export async function inputOf(
  definition: CommandDefinition,
  parsed: Command,
  raw: readonly string[],
  context: Context,
): Promise<CommandInput> {
  const values = parsed.opts();
  const args = (parsed.processedArgs as unknown[]).flat().filter((arg) => arg !== undefined) as string[];
  const names = Object.keys(optionsOf(definition));
  const given = new Set(names.filter((name) => parsed.getOptionValueSource(name) === 'cli'));
  const input = { options: values as CommandInput['options'], given, args, command: raw, ignore: [] };
  // The run files of a job array are read when its members are created.
  if (!definition.takesCommand || values.array !== undefined) return input;
  if (definition.options.runFile) {
    const { runFileOf, withRunFile } = await import('./run-file-input.ts');
    const file = runFileOf(values.runFile as string | undefined, raw, context);
    if (file !== undefined) return withRunFile(file, input, definition.options, context);
  }
  if (raw.length === 0) throw missingCommand(definition, args);
  return input;
}

function helpTail({ examples }: CommandDefinition): string {
  return examples.length ? `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}\n` : '';
}

function missingCommand({ name }: CommandDefinition, words: readonly string[]): RampcheckError {
  return new RampcheckError('no-command', `there is no command after '--'`, {
    hint: `put the command that starts the run after two dashes, or write it into rampcheck.yaml: rampcheck ${name} -- ${words.length ? words.join(' ') : 'deepspeed --hostfile hosts train.py …'}`,
  });
}
