import { type CommandDefinition, command } from '../command/command.ts';

/** `complete` knows every command, itself among them: whoever has the list hands it in. */
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
