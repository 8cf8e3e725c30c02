import { expect, test } from 'vitest';
import { startAgent } from '../../src/executors/agent-handle.ts';
import { openLocal } from '../../src/executors/local-transport.ts';

/** A node whose Python is not there, reached in some way that has a lease. */
async function reasonOf(path: string, exitCode: number): Promise<string> {
  const { events } = startAgent(
    {
      type: 'start',
      run: 'r',
      node: 0,
      name: 'n',
      argv: [],
      cwd: '/',
      env: {},
      settings: {},
      grace: 1,
      lease: 15,
    },
    'python3.9',
    { open: () => openLocal(['sh', '-c', `exit ${exitCode}`]), kill: async () => {}, path },
  );
  for await (const event of events) if (event.type === 'not_started') return event.reason;
  return '';
}

test.for(['the PATH that ssh gives it', "the container's PATH", "the pod's PATH"])(
  'a Python that is missing is looked for in %s',
  async (path) => {
    expect(await reasonOf(path, 127)).toContain(`python3.9 3.9 or later must be on ${path}`);
    // It ran, and ended by itself.
    expect(await reasonOf(path, 3)).not.toContain('PATH');
  },
);
