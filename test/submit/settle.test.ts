import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/run/verdict.ts';
import { isSettled, lastWord, settle } from '../../src/submit/settle.ts';
import { readJson } from '../support/cli.ts';
import { batchFolder, putEvents, putVerdict } from '../support/run-folder.ts';

/** One rule for every engine: what the coordinator has decided stands, and where it has decided nothing the engine's word counts. */
const kept = (path: string) => readJson<Verdict & { settled?: true }>(join(path, 'verdict.json'));
const lost = { kind: 'node-lost', node: 0, reason: 'NODE_FAIL' } as const;
const said: Verdict = {
  outcome: 'unverified',
  state: 'failed',
  exit_code: 91,
  message: 'node-1 could not be started: no such folder',
  detected: null,
  violated_from: null,
  diagnosis: null,
  first_difference: null,
  max_deviation: null,
  ranks: { total: null, agreeing: 0 },
  projection: null,
  hold_steps: null,
  steps_seen: 0,
  skipped_updates: 0,
  warnings: [],
  root_cause: null,
  failures: [],
  seconds_to_stop: 0.4,
  nodes: [{ name: 'node-1', launcher_exit: null, processes_stopped: 3, nothing_left: false }],
};
const rank = (type: string, fields: object) => ({
  type: 'rank',
  event: { type, rank: 0, time: 1, ...fields },
});
const failing = [
  { type: 'started', pid: 1, directory: '/tmp/x' },
  rank('hello', { pid: 2, world_size: 1 }),
  rank('error', { time: 5, error: 'KeyError: 3', traceback: 'Traceback …' }),
  { type: 'exited', code: 1, signal: null, time: 9 },
];

test('a coordinator that decided without any event has decided', () => {
  const path = batchFolder();
  putVerdict(path, said);
  settle(path, { said: lastWord(path), cause: lost });
  expect(kept(path)).toEqual({ schema_version: 1, ...said, settled: true });
  expect(isSettled(path)).toBe(true);
});

test('its numbers stand, and the replay adds what it cannot know', () => {
  const path = batchFolder();
  putEvents(path, failing);
  const word = { ...said, exit_code: 1 as const, steps_seen: 12, ranks: { total: 1, agreeing: 1 } };
  putVerdict(path, word);
  settle(path, { said: lastWord(path), cause: lost });
  expect(kept(path)).toMatchObject({
    exit_code: 1,
    steps_seen: 12,
    nodes: said.nodes,
    root_cause: { node: 'node-1', rank: 0, error: 'KeyError: 3' },
  });
});

test('a verdict of the release is no last word: the engine says how the job ended', () => {
  const path = batchFolder();
  putVerdict(path, { ...said, outcome: 'released', state: 'released', exit_code: 0 });
  expect(lastWord(path)).toBeUndefined();
  settle(path, { said: lastWord(path), cause: lost });
  expect(kept(path)).toMatchObject({ exit_code: 92, message: 'node-1 was lost: NODE_FAIL', settled: true });
});

test('of a run that never began nothing is left; of one that did, only the engine can say so', () => {
  const never = batchFolder();
  settle(never, { said: undefined, cause: { kind: 'not-started', node: 0, reason: 'no room' } });
  expect(kept(never)).toMatchObject({ exit_code: 91, nodes: [{ nothing_left: true }] });

  const begun = batchFolder();
  putEvents(begun, failing.slice(0, 2));
  settle(begun, { said: undefined, cause: lost });
  expect(kept(begun).nodes).toMatchObject([{ nothing_left: false }]);
  settle(begun, { said: undefined, cause: lost, gone: true });
  expect(kept(begun).nodes).toMatchObject([{ nothing_left: true }]);
});

test("events that are not in the folder are brought along; the engine's name for an end is used for its own end alone", () => {
  const path = batchFolder();
  const interrupted = { kind: 'interrupted', signal: 'SIGTERM' } as const;
  const interruption = 'the job reached its time limit';
  const lines = failing.map((event, at) =>
    JSON.stringify({ node: 'node-1', at: 1000 + at, seq: at + 1, ...event }),
  );
  settle(path, { said: undefined, events: lines.slice(0, 2), cause: interrupted, interruption });
  expect(kept(path)).toMatchObject({ state: 'aborted', exit_code: 143, message: interruption });
  settle(path, { said: undefined, events: lines, cause: interrupted, interruption });
  expect(kept(path)).toMatchObject({ state: 'failed', exit_code: 1, root_cause: { error: 'KeyError: 3' } });
});
