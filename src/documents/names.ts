/** The kinds of JSON documents: the output of a command, the verdict in a run's folder, or an error of any command. */
export const documentNames = [
  'verdict',
  'check',
  'plan',
  'status',
  'launch',
  'submit',
  'attach',
  'stop',
  'ps',
  'logs',
  'report',
  'curve',
  'verify',
  'doctor',
  'hosts',
  'fix',
  'explain',
  'init',
  'complete',
  'error',
] as const;
export type DocumentName = (typeof documentNames)[number];
