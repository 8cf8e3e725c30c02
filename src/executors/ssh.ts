import { defineExecutor } from './definition.ts';
import { sshOptions } from './ssh/options.ts';

/** Nodes over SSH: all names that do not mean this machine. */
export const ssh = defineExecutor({
  name: 'ssh',
  words: 'reached over ssh',
  reach: 'remote',
  owns: () => true,
  options: sshOptions,
  make: async (values) => (await import('./ssh/executor.ts')).sshExecutor(values),
});
