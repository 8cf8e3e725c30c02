import type { CommandDefinition } from '../command/command.ts';

export const complete: CommandDefinition = {
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
  load: async () => (await import('./complete-run.ts')).completeRun,
};
