import { command } from '../command/command.ts';

export const explain = command({
  name: 'explain',
  summary: 'explain what a rule reads, why it matters and how to fix it; without a rule, list all of them',
  arguments: '[rule]',
  takesCommand: false,
  options: {},
  examples: ['rampcheck explain', 'rampcheck explain deepspeed-scheduler-replaces'],
  load: async () => (await import('./explain-run.ts')).explainRun,
});
