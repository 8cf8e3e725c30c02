import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { startAgent } from '../../src/executors/agent-handle.ts';
import { judgeHostKey, parseKnownHosts } from '../../src/executors/ssh/known-hosts.ts';
import { type SshOptions, sshTransport } from '../../src/executors/ssh/transport.ts';
import type { Connection, Transport } from '../../src/executors/transport.ts';
import { root } from '../support/cli.ts';
import { processesOn } from './job.ts';
import { onLab } from './suite.ts';

/** One interface, two implementations, the same tests. */
onLab('transports', (lab) => {
  const both = ['builtin', 'system'] as const;
  // Outside of the lab's own mounts names do not resolve: addresses stand in ssh's configuration.
  const config = () => {
    const path = join(lab().folder, 'ssh_config_with_addresses');
    const names = lab().hosts.map(({ name, address }) => `Host ${name}\n  HostName ${address}\n`);
    writeFileSync(path, names.join('') + readFileSync(join(lab().folder, 'ssh_config'), 'utf8'));
    return path;
  };
  function transport(options: SshOptions): Transport {
    const made = sshTransport({ config: config(), ...options });
    onTestFinished(() => made.close());
    return made;
  }
  const connect = (ssh: SshOptions['ssh'], name = 'lab-1'): Promise<Connection> =>
    transport({ ssh }).connect({ name });

  test.for(both)('%s: output, exit code, signal', async (ssh) => {
    const connection = await connect(ssh);
    const sh = (script: string) => connection.run(['sh', '-c', script]);
    expect(await sh('echo out; echo err >&2; exit 3')).toMatchObject({
      stdout: 'out\n',
      stderr: 'err\n',
      exitCode: 3,
    });
    expect(await connection.run(['hostname'])).toMatchObject({ stdout: 'lab-1\n', exitCode: 0 });
    expect(await connection.run(['cat'], { stdin: 'a\0b\n' })).toMatchObject({
      stdout: 'a\0b\n',
      exitCode: 0,
    });
    expect((await sh('head -c 5000000 /dev/zero | tr "\\0" x >&2; echo done')).stdout).toBe('done\n');
  });

  test.for(both)('%s: words arrive as they are', async (ssh) => {
    const connection = await connect(ssh);
    const words = [
      '',
      ' ',
      '$HOME',
      '`id`',
      "'",
      '"',
      '\\',
      'a\nb',
      '*',
      '~',
      '!x',
      ';',
      '&',
      '|',
      '#',
      '-',
      'ü☃',
      '{a,b}',
    ];
    const { stdout } = await connection.run(['printf', '%s\\0', ...words]);
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });

  test.for(both)(
    '%s: every byte of argv reaches the program that an agent starts',
    { timeout: 120_000 },
    async (ssh) => {
      const connection = await connect(ssh);
      const show = 'import sys,os;print(repr([os.fsencode(a).hex() for a in sys.argv[1:]]))';
      const word = fc.uint8Array({ min: 1, max: 255, maxLength: 60 });
      const whole = Uint8Array.from({ length: 255 }, (_, i) => i + 1);
      await fc.assert(
        fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (words) => {
          const text = words.map((bytes) => fromBytes(bytes));
          const run = `test-${Math.random().toString(16).slice(2)}`;
          const handle = startAgent(
            {
              type: 'start',
              run,
              node: 0,
              name: 'lab-1',
              argv: ['python3', '-c', show, ...text],
              cwd: '/',
              env: {},
              settings: {},
              grace: 0.2,
            },
            'python3',
            { open: (argv) => connection.open(argv), kill: async () => {}, path: 'its PATH' },
          );
          const lines: string[] = [];
          for await (const event of handle.events) if (event.type === 'log') lines.push(...event.lines);
          expect(JSON.parse(lines[0]?.replaceAll("'", '"') ?? '')).toEqual(
            words.map((bytes) => Buffer.from(bytes).toString('hex')),
          );
        }),
        {
          numRuns: 8,
          examples: [[[whole]], [[Uint8Array.of(10), Uint8Array.of(255, 254), Uint8Array.of()]]],
        },
      );
      expect(
        lab()
          .hosts.flatMap(processesOn)
          .filter(({ command }) => command.includes('rampcheck-agent')),
      ).toEqual([]);
    },
  );

  test.for(both)('%s: 20 commands at once on one connection', { timeout: 60_000 }, async (ssh) => {
    const connection = await connect(ssh);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => connection.run(['echo', String(i)])),
    );
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(results.map((_, i) => String(i)));
  });

  test.for(both)('%s: a command that does not answer is let go of', async (ssh) => {
    const connection = await connect(ssh);
    expect(await connection.run(['sleep', '30'], { timeout: 300 })).toMatchObject({
      exitCode: null,
      lost: 'no answer within 0.3 s',
    });
    await connection.run(['pkill', '-x', 'sleep']);
  });

  test.for(both)('%s: a connection that is cut tells so', { timeout: 60_000 }, async (ssh) => {
    const connection = await connect(ssh, 'lab-8');
    const running = connection.run(['sh', '-c', 'kill -9 $PPID; sleep 1']);
    expect((await running).lost).toBeDefined();
  });

  test('40 connections to one sshd are made eight at a time, and none is turned away', {
    timeout: 60_000,
  }, async () => {
    const made = transport({ ssh: 'builtin' });
    const connections = await Promise.all(Array.from({ length: 40 }, () => made.connect({ name: 'lab-2' })));
    expect(await connections.at(-1)?.run(['true'])).toMatchObject({ exitCode: 0 });
  });

  test('through a jump host: one connection to it serves all that are behind', {
    timeout: 60_000,
  }, async () => {
    const path = join(lab().folder, 'ssh_config_jump');
    writeFileSync(path, `Host lab-4 lab-5 lab-6\n  ProxyJump lab-3\n\n${readFileSync(config(), 'utf8')}`);
    const made = transport({ config: path });
    const behind = await Promise.all(['lab-4', 'lab-5', 'lab-6'].map((name) => made.connect({ name })));
    for (const connection of behind) {
      const { stdout } = await connection.run(['sh', '-c', 'echo $SSH_CLIENT']);
      expect(stdout).toMatch(new RegExp(`^10\\.77\\.${lab().subnet}\\.3 `));
    }
    const { stdout } = await (await made.connect({ name: 'lab-3' })).run([
      'sh',
      '-c',
      'ps ax | grep -c "sshd: root@notty"',
    ]);
    expect(Number(stdout)).toBeLessThanOrEqual(3);
  });

  test('IPv6, and a user and port of the hostfile', async () => {
    const made = transport({});
    const connection = await made.connect({ name: `fd77:${lab().subnet}::7`, user: 'root', port: 22 });
    expect((await connection.run(['hostname'])).stdout).toBe('lab-7\n');
  });

  test.for([
    ['ProxyCommand nc %h %p', 'ProxyCommand'],
    ['StrictHostKeyChecking accept-new', 'accept-new'],
    ['KexAlgorithms sntrup761x25519-sha512@openssh.com', undefined],
  ] as const)('%s needs the machine\u2019s own ssh', { timeout: 60_000 }, async ([line, why]) => {
    const path = join(lab().folder, `ssh_config_choice`);
    writeFileSync(
      path,
      `${line.replace('nc %h %p', `${process.execPath} ${join(root, 'test/lab/scripted-ranks/pipe.mjs')} %h %p`)}\n${readFileSync(config(), 'utf8')}`,
    );
    const said: string[] = [];
    const made = transport({ config: path, say: (text) => said.push(text) });
    const connections = await Promise.all(['lab-1', 'lab-2'].map((name) => made.connect({ name })));
    for (const connection of connections) expect((await connection.run(['true'])).exitCode).toBe(0);
    if (why === undefined) return;
    expect(connections[0]?.how).toContain("this machine's ssh");
    expect(said).toEqual([expect.stringContaining(why)]);
  });

  test('a user certificate is reached with the machine\u2019s own ssh', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(lab().shared, 'ca-'));
    const keygen = (...args: string[]) => execa('ssh-keygen', args);
    await keygen('-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'ca'));
    await keygen('-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key'));
    await keygen('-q', '-s', join(folder, 'ca'), '-I', 'test', '-n', 'root', join(folder, 'key.pub'));
    const keys = join(lab().folder, 'authorized_keys');
    const before = readFileSync(keys, 'utf8');
    writeFileSync(keys, `cert-authority ${readFileSync(join(folder, 'ca.pub'), 'utf8')}`);
    onTestFinished(() => writeFileSync(keys, before));
    const path = join(lab().folder, 'ssh_config_cert');
    writeFileSync(
      path,
      readFileSync(config(), 'utf8').replace(/IdentityFile .*/, `IdentityFile ${join(folder, 'key')}`),
    );
    const connection = await transport({ config: path }).connect({ name: 'lab-1' });
    expect(connection.how).toContain("this machine's ssh");
    expect((await connection.run(['true'])).exitCode).toBe(0);
  });

  test('known_hosts is read as ssh reads it', { timeout: 60_000 }, async () => {
    const known = readFileSync(join(lab().folder, 'known_hosts'), 'utf8');
    const [, key = ''] = /^lab-1,\S+ (\S+ \S+)/m.exec(known) ?? [];
    const [, other = ''] = /^lab-2,\S+ (\S+ \S+)/m.exec(known) ?? [];
    const blob = Buffer.from(key.split(' ')[1] ?? '', 'base64');
    const address = lab().hosts[0]?.address ?? '';
    const folder = mkdtempSync(join(lab().folder, 'known-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const hashed = await execa('sh', [
      '-c',
      `printf '%s %s\\n' "$1" "$2" > "$0/h" && ssh-keygen -q -H -f "$0/h" >/dev/null 2>&1; cat "$0/h"`,
      folder,
      address,
      key,
    ]);
    const cases: [string, string][] = [
      ['plain', `${address} ${key}`],
      ['list', `a,${address},b ${key}`],
      ['wildcard', `10.77.*.? ${key}`],
      ['negated', `10.77.*,!${address} ${key}`],
      ['negated elsewhere', `10.77.*,!10.78.* ${key}`],
      ['hashed', hashed.stdout],
      ['another key', `${address} ${other}`],
      ['another key, then this one', `${address} ${other}\n${address} ${key}`],
      ['unknown', `10.1.1.1 ${key}`],
      ['revoked', `@revoked ${address} ${key}\n${address} ${key}`],
      ['revoked for others', `@revoked 10.1.1.1 ${key}\n${address} ${key}`],
      ['revoked everywhere', `@revoked * ${key}\n${address} ${key}`],
      ['an authority is no key', `@cert-authority ${address} ${key}`],
      ['with a port', `[${address}]:22 ${key}`],
      ['comment and blank', `# ${address} ${key}\n\n`],
      ['upper case', `${address.toUpperCase()} ${key} comment here`],
      ['unknown marker', `@strange ${address} ${key}`],
    ];
    for (const [what, text] of cases) {
      const file = join(folder, 'known');
      writeFileSync(file, `${text}\n`);
      const args = [
        '-F',
        config(),
        '-o',
        `UserKnownHostsFile=${file}`,
        '-o',
        'HostKeyAlgorithms=ssh-ed25519',
        `root@${address}`,
        'true',
      ];
      const { exitCode, stderr } = await execa('ssh', args, { reject: false });
      const { state } = judgeHostKey(parseKnownHosts(readFileSync(file, 'utf8'), file), address, 22, blob);
      const ssh =
        exitCode === 0
          ? 'known'
          : /REVOKED/.test(stderr)
            ? 'revoked'
            : /CHANGED/.test(stderr)
              ? 'changed'
              : 'unknown';
      expect([what, state]).toEqual([what, ssh]);
    }
  });

  function fromBytes(bytes: Uint8Array): string {
    // A byte that is not UTF-8 travels as a lone surrogate, as Python writes it.
    let text = '';
    for (let at = 0; at < bytes.length; ) {
      const length = [1, 2, 3, 4].find((size) => isCharacter(bytes.subarray(at, at + size)));
      text += length
        ? Buffer.from(bytes.subarray(at, at + length)).toString('utf8')
        : String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
      at += length ?? 1;
    }
    return text;
  }

  function isCharacter(bytes: Uint8Array): boolean {
    try {
      return [...new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)].length === 1;
    } catch {
      return false;
    }
  }
});
