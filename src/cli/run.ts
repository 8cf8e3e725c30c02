import { Command, CommanderError } from 'commander';
import { type CommandResult, type Context, commonOptions } from '../command/command.ts';
import { flagOf } from '../command/option.ts';
import type { DocumentName } from '../documents/names.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { shownText } from '../shown-text.ts';
import { commanderOf, inputOf, optionsOf } from './command-line.ts';
import { commands } from './commands.ts';
import { errorDocument, formatError } from './print-error.ts';

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
    .description('Holds a training run until its learning rate is proven to follow the requested schedule.')
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
  // Only the named command is registered (start-up time); help and unknown commands need all of them.
  const named = commands.find(({ name }) => name === own[0]);
  for (const definition of named ? [named] : commands) {
    const command = commanderOf(definition, async (parsed) => {
      const input = await inputOf(definition, parsed, raw, context);
      const handler = await definition.load();
      // The handler's type is derived from the same table that its options were read with.
      result = await handler(input as never, context);
    });
    program.addCommand(command.copyInheritedSettings(program));
  }

  if (own.length === 0) {
    // `rampcheck` without arguments prints the help.
    context.stdout.write(program.helpInformation());
    return ExitCode.done;
  }
  try {
    await program.parseAsync([...own], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.done;
    return await report(error instanceof CommanderError ? usageError(error, own) : error, json, context);
  }
  if (!result) return ExitCode.done;
  const { document, text } = result;
  context.stdout.write(
    json ? await printed(named?.name ?? '', document) : context.interactive ? shownText(text) : text,
  );
  return result.exitCode;
}

/** Rewords commander's error, with the option that was probably meant. */
function usageError(error: CommanderError, argv: readonly string[]): RampcheckError {
  const message = error.message.replace(/^error: /, '').replace(/\s*\(Did you mean.*\)$/s, '');
  const definition = commands.find(({ name }) => name === argv.find((word) => !word.startsWith('-')));
  const unknown = /^unknown (option|command) '([^'=]*)/.exec(message);
  if (!unknown) {
    return new RampcheckError('usage', message, {
      hint: `${['rampcheck', ...(definition ? [definition.name] : [])].join(' ')} --help`,
    });
  }
  const known =
    unknown[1] === 'command'
      ? commands.map(({ name }) => name)
      : Object.entries(definition ? optionsOf(definition) : commonOptions).map(([name, option]) =>
          flagOf(name, option),
        );
  const close = nearest(unknown[2] ?? '', known);
  const hint = close.length
    ? `did you mean ${close.join(' or ')}?`
    : `${['rampcheck', ...(definition ? [definition.name] : [])].join(' ')} --help shows all`;
  return new RampcheckError(`unknown-${unknown[1]}`, message, { hint });
}

/** Returns a document as `--json` prints it. Schemas are loaded only here. A JSON Schema has no schema itself and is printed unchanged. */
async function printed(name: string, document: object): Promise<string> {
  const [{ documents }, { toDocument }] = await Promise.all([
    import('../documents/index.ts'),
    import('../documents/to-document.ts'),
  ]);
  const schema = documents[name as DocumentName];
  return `${JSON.stringify(schema ? toDocument(schema, document) : document, null, 2)}\n`;
}

async function report(error: unknown, json: boolean, context: Context): Promise<number> {
  if (json) context.stdout.write(await printed('error', errorDocument(error)));
  else context.stderr.write(formatError(error, context.interactive ? context.columns : undefined));
  return error instanceof RampcheckError ? error.exitCode : 70;
}
