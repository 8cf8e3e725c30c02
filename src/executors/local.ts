import { defineExecutor } from './definition.ts';

/** Nodes simulated on this machine: localhost, 127.0.0.1, and local-1, local-2, … */
export const local = defineExecutor({
  name: 'local',
  words: 'simulated on this machine',
  reach: 'here',
  owns: (names) => names.every((name) => /^(localhost|127(\.\d+){3}|local-\w+)$/.test(name)),
  options: {},
  make: async () => (await import('./local-executor.ts')).localExecutor,
});
