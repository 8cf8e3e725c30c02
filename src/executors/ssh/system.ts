import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quote } from '../../job/quote.ts';
import { openLocal } from '../local-transport.ts';
import type { Channel, Connection, Host } from '../transport.ts';
import { runOn } from '../transport.ts';
import { sshError } from './failure.ts';
import { makeLimit, SHORT_SESSIONS } from './limit.ts';
import { retrying } from './retry.ts';
import { CONNECT_SECONDS, type SshSettings } from './settings.ts';

/** Folder of the control sockets: ssh accepts only paths of up to about 90 bytes, so TMPDIR is not used. */
const SOCKETS = '/tmp/rampcheck-ssh-';
const READY = 'rampcheck-is-through';

/**
 * Connects with the machine's ssh: one master per host, and all commands share its connection. The master ends with the standard
 * input of its own command, so that it cannot outlive this process.
 */
export async function connectSystem(host: Host, settings: SshSettings, config?: string): Promise<Connection> {
  const folder = mkdtempSync(SOCKETS);
  const socket = join(folder, 's');
  const where = [
    ...(config === undefined ? [] : ['-F', config]),
    ...(host.user === undefined ? [] : ['-l', host.user]),
    ...(host.port === undefined ? [] : ['-p', String(host.port)]),
  ];
  const master = await retrying(() =>
    startMaster(settings, [...where, ...MASTER, '-S', socket, '--', host.name]),
  ).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const open = async (argv: readonly string[]) =>
    ambiguous(
      await openLocal([
        'ssh',
        ...where,
        ...COMMON,
        '-S',
        socket,
        '-o',
        'ControlMaster=no',
        '--',
        host.name,
        ...words(argv),
      ]),
    );
  const limit = makeLimit(SHORT_SESSIONS);
  return {
    host,
    how: `${settings.user}@${settings.hostname}:${settings.port}, this machine's ssh`,
    open,
    run: (argv, options) => limit('', async () => runOn(await open(argv), options)),
    async close() {
      master.stdin.end();
      master.destroy();
      await master.closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const COMMON = [
  '-T',
  '-x',
  '-a',
  '-o',
  'BatchMode=yes',
  '-o',
  'EscapeChar=none',
  '-o',
  'ForkAfterAuthentication=no',
];
const MASTER = [
  ...COMMON,
  ...[
    '-o',
    'ControlMaster=yes',
    '-o',
    'ControlPersist=no',
    '-o',
    'ServerAliveInterval=15',
    '-o',
    'ServerAliveCountMax=3',
  ],
  ...['-o', `ConnectTimeout=${CONNECT_SECONDS}`, '-o', 'RemoteCommand=none', '-o', 'PermitLocalCommand=no'],
];

/** ssh joins its arguments with blanks and passes them to the node's shell. */
function words(argv: readonly string[]): string[] {
  return argv.map(quote);
}

async function startMaster(settings: SshSettings, args: readonly string[]): Promise<Channel> {
  const master = await openLocal(['ssh', ...args, `echo ${READY}; exec cat >/dev/null`]);
  let said = '';
  master.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096);
  });
  const through = new Promise<boolean>((done) => {
    let heard = '';
    master.stdout.setEncoding('utf8').on('data', (text: string) => {
      heard = (heard + text).slice(-4096);
      if (heard.includes(READY)) done(true);
    });
    void master.closed.then(() => done(false));
  });
  if (!(await through)) throw sshError(settings, said);
  return master;
}

/** ssh exits with 255 when it loses the connection; none of our commands does. */
function ambiguous(channel: Channel): Channel {
  const closed = channel.closed.then((end) =>
    end.exitCode === 255 ? { exitCode: null, signal: null, lost: 'ssh lost the connection' } : end,
  );
  return { ...channel, closed };
}
