import { existsSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { environment, files } from '../../src/contract/contract.ts';
import { scratch, until } from '../support/cli.ts';
import { freePort } from '../support/port.ts';
import { bundleOf } from './bundle-run.ts';

/*
 * The coordinator's port is open to the cluster's network, and follows from the job: anybody may connect and send anything. That costs
 * their connection. The other way round, a task may find another program on that port.
 */

const hello = (fields: object) => JSON.stringify({ role: 'agent', node: 1, nonce: 'x', ...fields });
const hostile: Record<string, string[]> = {
  'a node that is no number': [hello({}).replace('"node":1', '"node":1e999')],
  'a number of 4,000 digits': [hello({}).replace('"node":1', `"node":${'9'.repeat(4000)}`)],
  'true for a node': [hello({ node: true })],
  'a node that is not there': [hello({ node: -1 }), hello({ node: 2 })],
  'a nonce that is a list': [hello({ nonce: [] })],
  'a role that cannot be compared': [hello({ role: { role: 'agent' } })],
  'deep lists': ['['.repeat(60_000), '['.repeat(4000)],
  'deep objects': ['{"role":'.repeat(450)],
  'no object': ['[]', '1', 'null', '"agent"', 'true', ''],
  'no UTF-8': ['\u00ff\u00fe\u0000\u0000'],
  HTTP: ['GET / HTTP/1.1\r\nHost: node-1\r\n'],
  'one endless line': ['x'.repeat(2_000_000)],
  'a wrong proof': [`${hello({})}\n${JSON.stringify({ proof: 'wrong' })}`],
  'a proof in other letters': [`${hello({})}\n${JSON.stringify({ proof: '\u00e9'.repeat(64) })}`],
  'a proof that is none': [`${hello({})}\n${JSON.stringify({ proof: null })}`, `${hello({})}\n[]`],
  'an order in place of a proof': [`${hello({ role: 'control' })}\n{"type":"signal","number":9}`],
};

/** Sends this on a connection of its own, and resolves when the other side has closed it. */
async function send(port: number, text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const closed = Promise.withResolvers<void>();
  socket.on('error', () => {}).on('close', () => closed.resolve());
  socket.resume();
  socket.write(Buffer.from(`${text}\n`, 'latin1'));
  // `deep lists` and the like wait for a line's end that has come: nobody is left waiting.
  await closed.promise;
}

async function portOpens(port: number): Promise<void> {
  const answers = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('close', () => {}).end();
    });
  await expect.poll(answers, { timeout: 30_000, interval: 50 }).toBe(true);
}

test('a held job is left alone by whatever strangers send, and released when all nodes are there', async () => {
  const port = await freePort();
  const { task, verdict } = bundleOf([]);
  const first = task(0, { [environment.port]: String(port) });
  await portOpens(port);
  for (const lines of Object.values(hostile)) for (const line of lines) await send(port, line);
  const ends = await Promise.all([first, task(1, { [environment.port]: String(port) })]);
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(verdict()).toMatchObject({ outcome: 'released', state: 'finished' });
});

test('a released job is left alone by whatever strangers send, and finishes', async () => {
  const port = await freePort();
  const go = join(scratch(), 'go');
  const { task, directory, verdict } = bundleOf(['--hold_at', '10', '--go', go]);
  const running = [0, 1].map((rank) => task(rank, { [environment.port]: String(port) }));
  await until('release', () => existsSync(join(directory, files.verdict)));
  for (const lines of Object.values(hostile)) for (const line of lines) await send(port, line);
  writeFileSync(go, '');
  expect((await Promise.all(running)).map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(verdict()).toMatchObject({ outcome: 'released', state: 'finished' });
});

test('a crowd that connects and says nothing keeps no node out', async () => {
  const port = await freePort();
  const { task } = bundleOf([]);
  const first = task(0, { [environment.port]: String(port) });
  await portOpens(port);
  const crowd: Socket[] = Array.from({ length: 400 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  onTestFinished(() => {
    for (const socket of crowd) socket.destroy();
  });
  await until('the crowd is there', () => crowd.every(({ connecting }) => !connecting));
  const ends = await Promise.all([first, task(1, { [environment.port]: String(port) })]);
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
});

const answers: Record<string, string> = {
  'an empty list': '[]\n',
  'a number': '1\n',
  null: 'null\n',
  'deep lists': `${'['.repeat(3000)}\n`,
  'a proof that is a list': '{"nonce": "x", "proof": []}\n',
  'a proof in other letters': '{"nonce": "x", "proof": "\u00e9"}\n',
  'an endless line': 'x'.repeat(100_000),
};

test.each(Object.entries(answers))(
  'another program on the port that sends %s is passed over',
  async (_, text) => {
    const port = await freePort();
    const server = createServer((socket) => socket.on('error', () => {}).write(text)).listen(port, '::');
    onTestFinished(() => void server.close());
    await until('it listens', () => server.listening);
    const { task } = bundleOf(['--max_steps', '5']);
    const ends = await Promise.all([0, 1].map((rank) => task(rank, { [environment.port]: String(port) })));
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  },
);
