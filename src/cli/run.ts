import { Command, CommanderError } from 'commander';
import type { CommandDefinition, CommandResult, Context } from '../command/command.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { commands } from './commands.ts';
import { commonOptions } from './options.ts';
import { errorDocument, formatError } from './print-error.ts';
import type { RunFileInput } from './run-file-input.ts';

/**
 * Runs one command line (without the program's name) and returns the exit code. Everything after the first
 * `--` is the user's raw command and is never parsed here.
 */
export async function run(argv: readonly string[], version: string, context: Context): Promise<number> {
  const dashes = argv.indexOf('--');
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  const raw = dashes < 0 ? [] : argv.slice(dashes + 1);
  const json = own.includes('--json');
  let result: CommandResult | undefined;

  const program = new Command('rampcheck')
    .description(
      'Holds a training run until its learning rate is proven to follow the schedule that was asked for.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: () => {},
      getOutHelpWidth: () => context.columns,
    })
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command');
  // The options of one command are all that a short run has time for; help and what nobody knows need every command.
  const named = commands.find(({ name }) => name === own[0]);
  for (const definition of named ? [named] : commands) {
    const command = program
      .command(definition.arguments ? `${definition.name} ${definition.arguments}` : definition.name)
      .description(definition.summary)
      .exitOverride()
      .showHelpAfterError(false)
      .addHelpText('after', helpTail(definition))
      .action(async (...parameters) => {
        const args = command.processedArgs as string[];
        let input: RunFileInput = { options: parameters.at(-2) as Record<string, unknown>, command: raw };
        if (definition.takesCommand) {
          const { runFileOf, withRunFile } = await import('./run-file-input.ts');
          const several = input.options.array !== undefined;
          const file =
            takesRunFile(definition) && !several
              ? runFileOf(input.options.runFile as string | undefined, raw, context)
              : undefined;
          if (file === undefined && raw.length === 0 && !several) throw missingCommand(definition, args);
          const given = (name: string) => command.getOptionValueSource(name) === 'cli';
          if (file !== undefined) input = withRunFile(file, input, given, context);
        }
        const handler = await definition.load();
        result = await handler({ ...input, args: args.flat().filter((arg) => arg !== undefined) }, context);
      });
    if (definition.takesCommand) {
      command.usage('[options] -- <command…>').argument('[words...]').allowExcessArguments();
    }
    for (const option of [...definition.options, ...commonOptions]) {
      if (option.parse) command.option(option.flags, option.description, option.parse, option.default);
      else command.option(option.flags, option.description, option.default as string | undefined);
    }
  }

  if (own.length === 0) {
    // `rampcheck` alone: help is the answer.
    context.stdout.write(program.helpInformation());
    return ExitCode.done;
  }
  try {
    await program.parseAsync([...own], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.done;
    return report(error instanceof CommanderError ? usageError(error, own) : error, json, context);
  }
  if (!result) return ExitCode.done;
  context.stdout.write(json ? `${JSON.stringify(result.document, null, 2)}\n` : result.text);
  return result.exitCode;
}

function takesRunFile({ options }: CommandDefinition): boolean {
  return options.some(({ flags }) => flags.startsWith('--run-file'));
}

function helpTail({ examples }: CommandDefinition): string {
  return examples.length ? `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}\n` : '';
}

function missingCommand({ name }: CommandDefinition, words: readonly unknown[]): RampcheckError {
  const given = words.flat().filter((word) => word !== undefined);
  return new RampcheckError('no-command', `there is no command after '--'`, {
    hint: `put the command you start the run with behind two dashes, or write it into rampcheck.yaml: rampcheck ${name} -- ${given.length ? given.join(' ') : 'deepspeed --hostfile hosts train.py …'}`,
  });
}

/** commander's own complaint in our words, with the option that was probably meant. */
function usageError(error: CommanderError, argv: readonly string[]): RampcheckError {
  const message = error.message.replace(/^error: /, '').replace(/\s*\(Did you mean.*\)$/s, '');
  const definition = commands.find(({ name }) => name === argv.find((word) => !word.startsWith('-')));
  const unknown = /^unknown (option|command) '([^'=]*)/.exec(message);
  if (!unknown) {
    return new RampcheckError('usage', message, {
      hint: `rampcheck ${definition?.name ?? ''} --help`.replace('  ', ' '),
    });
  }
  const known =
    unknown[1] === 'command'
      ? commands.map(({ name }) => name)
      : [...(definition?.options ?? []), ...commonOptions].map(
          ({ flags }) => /--[\w-]+/.exec(flags)?.[0] ?? flags,
        );
  const close = nearest(unknown[2] ?? '', known);
  const hint = close.length
    ? `did you mean ${close.join(' or ')}?`
    : `rampcheck ${definition?.name ?? ''} --help shows all`;
  return new RampcheckError(`unknown-${unknown[1]}`, message, { hint });
}

function report(error: unknown, json: boolean, context: Context): number {
  if (json) context.stdout.write(`${JSON.stringify(errorDocument(error), null, 2)}\n`);
  else context.stderr.write(formatError(error, context.interactive ? context.columns : undefined));
  return error instanceof RampcheckError ? error.exitCode : 70;
}
