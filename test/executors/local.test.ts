import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentEvent, NodeStart } from '../../src/contract/agent-messages.ts';
import type { NodeHandle } from '../../src/executors/executor.ts';
import { makeExecutor } from '../../src/executors/index.ts';
import { localExecutor as local, startLocalAgent } from '../../src/executors/local-executor.ts';
import { endAllOf, processesOf } from '../support/processes.ts';

/** The real agent, real processes; every test counts those that are left of its run. */
const fixtures = join(import.meta.dirname, '..', 'node', 'agent', 'fixtures');

function order(fixture: string, ...args: string[]): NodeStart {
  const run = `test-${randomUUID()}`;
  onTestFinished(async () => {
    const left = (await processesOf(run)).map(({ cmd, pid }) => `${cmd} ${pid}`);
    await endAllOf(run);
    expect(left).toEqual([]);
  });
  return {
    type: 'start',
    run,
    node: 0,
    name: 'node-a',
    argv: ['python3', '-u', join(fixtures, fixture), ...args],
    cwd: '/',
    env: {},
    settings: {},
    grace: 0.25,
  };
}

/** All events up to the end, with something to do at each. */
async function follow(handle: NodeHandle, on: (event: AgentEvent) => void = () => {}): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const event of handle.events) {
    events.push(event);
    on(event);
  }
  return events;
}

const says = (text: string) => (event: AgentEvent) => event.type === 'log' && event.lines.includes(text);
const types = (events: AgentEvent[]) => events.map(({ type }) => type);

function folderOf(events: AgentEvent[]): string {
  const started = events.find((event) => event.type === 'started');
  if (!started) throw new Error('it was not started');
  return started.directory;
}

async function gone(run: string): Promise<void> {
  await expect.poll(() => processesOf(run), { timeout: 20_000, interval: 20 }).toEqual([]);
}

test('a node from its start to its end', async () => {
  const handle = local.start(order('exits.py', '3'));
  const events = await follow(handle);
  expect(types(events)).toEqual(['ready', 'started', 'log', 'exited', 'gone']);
  expect(events).toContainEqual({ type: 'log', rank: null, lines: ['bye'], end: 4 });
  expect(events.at(-2)).toMatchObject({ code: 3, signal: null });
  expect(events.at(-1)).toMatchObject({ killed: 0, survivors: [] });
  expect(await handle.closed).toEqual({ exitCode: 0, signal: null, stderr: '' });
});

test('events wait for whoever reads them late', async () => {
  const handle = local.start(order('exits.py', '0'));
  expect(await handle.closed).toMatchObject({ exitCode: 0 });
  expect(types(await follow(handle))).toEqual(['ready', 'started', 'log', 'exited', 'gone']);
});

test('an argument of any characters arrives', async () => {
  const args = ['', '$HOME', `'"\``, 'a\nb', 'ü☃😀', '\udcff'];
  const node = order('exits.py');
  const handle = local.start({ ...node, argv: ['python3', join(fixtures, 'cmdline.py'), ...args] });
  const [log] = (await follow(handle)).filter((event) => event.type === 'log');
  const words = Buffer.from(log?.lines[0] ?? '', 'hex')
    .toString('latin1')
    .split('\0')
    .slice(2, -1);
  expect(words).toEqual([...args.slice(0, -1).map((arg) => Buffer.from(arg).toString('latin1')), '\xff']);
});

test('stop', async () => {
  const handle = local.start(order('ignores_term.py'));
  const events = await follow(
    handle,
    (event) => says('up')(event) && handle.send({ type: 'stop', grace: 0.2 }),
  );
  expect(events.at(-2)).toMatchObject({ type: 'exited', code: 137, signal: 'SIGKILL' });
  expect(events.at(-1)).toMatchObject({ type: 'gone', killed: 1, survivors: [] });
});

test('kill while a stop is waiting', async () => {
  const handle = local.start(order('ignores_term.py'));
  const events = await follow(handle, (event) => {
    if (!says('up')(event)) return;
    handle.send({ type: 'stop', grace: 600 });
    handle.send({ type: 'kill' });
  });
  expect(events.at(-1)).toMatchObject({ type: 'gone', killed: 1 });
});

test('a program that is not there', async () => {
  const handle = local.start({ ...order('exits.py'), argv: ['/no/such/program'] });
  const events = await follow(handle);
  expect(events).toContainEqual({
    type: 'not_started',
    reason: 'No such file or directory: /no/such/program',
    errno: 'ENOENT',
    seq: 2,
  });
  expect(events.at(-1)).toMatchObject({ type: 'gone', killed: 0 });
});

test.for(['no-such-python', '/etc/passwd'])('a Python that is none: %s', async (python) => {
  const handle = startLocalAgent(order('exits.py'), python);
  expect(await follow(handle)).toEqual([]);
  expect(await handle.closed).toMatchObject({
    exitCode: null,
    signal: null,
    stderr: expect.stringMatching(/ENOENT|EACCES/),
  });
});

test('a Python that fails at once', async () => {
  const handle = startLocalAgent(order('exits.py'), 'false');
  expect(await follow(handle)).toEqual([]);
  expect(await handle.closed).toEqual({ exitCode: 1, signal: null, stderr: '' });
});

test('a lost agent: the events end without gone, and sweep ends what it left', async () => {
  const node = order('spawns.py', join(fixtures, 'ignores_term.py'), '--', join(fixtures, 'ignores_term.py'));
  const handle = local.start(node);
  let up = 0;
  const events = await follow(handle, (event) => {
    if (event.type === 'log') up += event.lines.filter((line) => line === 'up').length;
    if (up === 2) handle.kill();
  });
  expect(types(events)).not.toContain('gone');
  expect(await handle.closed).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  // The launcher died with its agent; its two ranks, in sessions of their own, did not.
  await expect.poll(() => processesOf(node.run, 0), { timeout: 20_000 }).toHaveLength(2);
  expect(await processesOf(node.run, 1)).toEqual([]);
  expect(await local.sweep(node.run, 1)).toEqual({ killed: 0, nothingLeft: true });
  expect(await local.sweep(node.run, 0)).toEqual({ killed: 2, nothingLeft: true });
  expect(await processesOf(node.run)).toEqual([]);
  expect(existsSync(folderOf(events))).toBe(false);
});

test('sweep ends whoever forks in a loop', async () => {
  const node = order('forks_in_a_loop.py');
  const handle = local.start(node);
  const events = await follow(handle, (event) => says('up')(event) && handle.kill());
  expect((await local.sweep(node.run, 0)).killed).toBeGreaterThan(5);
  expect(await processesOf(node.run)).toEqual([]);
  expect(existsSync(folderOf(events))).toBe(false);
});

test('two nodes of one run: stopping one leaves the other', async () => {
  const node = order('idle.py');
  const [one, two] = [local.start(node), local.start({ ...node, node: 1 })];
  const otherIsUp = Promise.withResolvers<void>();
  const other = follow(two, (event) => says('up')(event) && otherIsUp.resolve());
  await otherIsUp.promise;
  await follow(one, (event) => says('up')(event) && one.send({ type: 'stop', grace: 5 }));
  expect(await processesOf(node.run, 0)).toEqual([]);
  expect(await processesOf(node.run, 1)).toHaveLength(1);
  two.send({ type: 'stop', grace: 5 });
  expect((await other).at(-1)).toMatchObject({ type: 'gone', killed: 1 });
});

test('a released run that is left goes on, and keeps what it says', async () => {
  const scratch = mkdtempSync('/tmp/ra-');
  onTestFinished(() => rmSync(scratch, { recursive: true }));
  const go = join(scratch, 'go');
  const node = order('rank.py', '0', 'released', `until=${go}`);
  const handle = local.start(node);
  const events = await follow(handle, (event) => {
    if (event.type === 'rank') handle.send({ type: 'release' });
    if (says('working')(event)) handle.leave();
  });
  expect(await handle.closed).toEqual({ exitCode: null, signal: null, stderr: '' });
  expect(await processesOf(node.run)).toHaveLength(1);
  writeFileSync(go, '');
  await gone(node.run);
  const spool = join(folderOf(events), 'events.jsonl');
  await expect.poll(() => readFileSync(spool, 'utf8'), { timeout: 20_000 }).toContain('"type": "gone"');
  expect(readdirSync(folderOf(events))).toContain('rank-0.log');
  rmSync(folderOf(events), { recursive: true });
});

test('a held run that is left is stopped', async () => {
  const node = order('ignores_term.py');
  const handle = local.start(node);
  await follow(handle, (event) => says('up')(event) && handle.leave());
  await handle.closed;
  await gone(node.run);
});

test('executors are found by name', async () => {
  expect(await makeExecutor('local', {})).toBe(local);
  await expect(makeExecutor('carrier-pigeon', {})).rejects.toThrow(/carrier-pigeon/);
});
