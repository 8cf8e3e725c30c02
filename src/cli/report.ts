import type { CommandDefinition } from '../command/command.ts';

export const report: CommandDefinition = {
  name: 'report',
  summary: 'a run as one HTML page: expected, projected and used learning rate, verdict, ranks',
  arguments: '[run]',
  takesCommand: false,
  options: [
    {
      flags: '-o, --output <file>',
      description: "where to write it (default: report.html in the run's folder)",
    },
  ],
  examples: ['rampcheck report', 'rampcheck report 20261124-1340 -o report.html'],
  load: async () => (await import('./report-run.ts')).reportRun,
};
