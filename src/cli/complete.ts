import { type CommandDefinition, command } from '../command/command.ts';

/** `complete` needs the list of all commands, which contains itself: the caller passes the list. */
export function complete(commands: () => readonly CommandDefinition[]): CommandDefinition {
  return command({
    name: 'complete',
    summary: 'print the completion script of a shell: bash, zsh or fish',
    arguments: '[shell]',
    takesCommand: false,
    options: {},
    examples: [
      'source <(rampcheck complete bash)',
      'rampcheck complete zsh > ~/.zsh/completions/_rampcheck',
      'rampcheck complete fish > ~/.config/fish/completions/rampcheck.fish',
    ],
    load: async () => {
      const { completeRun } = await import('./complete-run.ts');
      return async (input) => completeRun(input, commands());
    },
  });
}
