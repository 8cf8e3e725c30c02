import type { CommandDefinition } from '../command/command.ts';

/** Completes every command, this one among them: `commands` is read when a shell asks. */
export function complete(commands: () => readonly CommandDefinition[]): CommandDefinition {
  return {
    name: 'complete',
    summary: 'print the completion script of a shell: bash, zsh or fish',
    arguments: '[shell]',
    takesCommand: false,
    options: [],
    examples: [
      'source <(rampcheck complete bash)',
      'rampcheck complete zsh > ~/.zsh/completions/_rampcheck',
      'rampcheck complete fish > ~/.config/fish/completions/rampcheck.fish',
    ],
    load: async () => {
      const { completeRun } = await import('./complete-run.ts');
      return (input) => completeRun(input, commands());
    },
  };
}
