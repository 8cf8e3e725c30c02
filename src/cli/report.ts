import { command } from '../command/command.ts';
import { reportOptions } from './options.ts';

export const report = command({
  name: 'report',
  summary: 'a run as one HTML page: expected, projected and used learning rate, verdict, ranks',
  arguments: '[run]',
  takesCommand: false,
  options: reportOptions,
  examples: ['rampcheck report', 'rampcheck report 20261124-1340 -o report.html'],
  load: async () => (await import('./report-run.ts')).reportRun,
});
