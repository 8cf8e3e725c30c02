import { execa } from 'execa';
import { ExitCode, RampcheckError } from '../../errors.ts';
import { plural } from '../../plural.ts';
import type { Host } from '../transport.ts';
import { makeLimit } from './limit.ts';

/** How many copies run at the same time: more would only compete for the same disk and network. */
const AT_A_TIME = 8;
/** Run folders belong to this machine, and ranks do not read a repository's history. */
const LEFT_OUT = ['rampcheck-runs', '.git'];

/** The destination of a copy, and how to run a command there. */
export interface SyncNode {
  host: Host;
  run(argv: readonly string[]): Promise<{ exitCode: number | null; stderr: string }>;
}

/**
 * Copies a folder to the same path on every node, with rsync over this machine's ssh. Other files on a node stay; a
 * `.rsync-filter` in the folder excludes files. If the folder is already shared, nothing is copied.
 *
 * @throws RampcheckError `sync-failed` (exit 90) with the node's or rsync's own message, for all nodes on which it failed.
 */
export async function syncFolder(
  folder: string,
  nodes: readonly SyncNode[],
  { config, say }: { config?: string | undefined; say?: ((text: string) => void) | undefined },
): Promise<void> {
  say?.(`copying ${folder} to ${nodes.length === 1 ? nodes[0]?.host.name : plural(nodes.length, 'node')}`);
  const limit = makeLimit(AT_A_TIME);
  const failures = await Promise.all(nodes.map((node) => limit('', () => copy(folder, node, config))));
  const reasons = failures.filter((failure) => failure !== undefined);
  if (reasons.length === 0) return;
  throw new RampcheckError(
    'sync-failed',
    `${folder} cannot be copied to ${reasons.length} of ${plural(nodes.length, 'node')}:${reasons.map((reason) => `\n    ${reason}`).join('')}`,
    {
      hint: 'install rsync here and on every node, and make the folder writable there; nothing was started',
      exitCode: ExitCode.preflightFailed,
    },
  );
}

/** Copies a folder of a node to the same path on this machine. Newer files here, and the named ones, are kept; a failure is silent. */
export async function pullFolder(folder: string, node: Host, except: readonly string[]): Promise<void> {
  const [host, shell] = target(node, undefined);
  const words = ['-rlpt', '--update', '-s', ...except.map((name) => `--exclude=/${name}`), shell];
  await execa('rsync', [...words, '--', `${host}:${folder}/`, `${folder}/`], {
    reject: false,
    stdin: 'ignore',
  });
}

/** Returns why the copy failed, or undefined if the node now has the folder. */
async function copy(
  folder: string,
  { host, run }: SyncNode,
  config: string | undefined,
): Promise<string | undefined> {
  // When rsync fails it ends its ssh, and the node's message is lost: what can be wrong on the node is therefore checked first.
  const made = await run(['mkdir', '-p', '--', folder]);
  if (made.exitCode !== 0) return `${host.name}: ${firstLine(made.stderr) || 'the folder cannot be created'}`;
  const there = await run(['sh', '-c', 'command -v rsync || exit 1']);
  if (there.exitCode !== 0) return `${host.name}: rsync is not installed`;
  const { failed, all, message } = await execa('rsync', rsyncWords(folder, host, config), {
    reject: false,
    all: true,
    stdin: 'ignore',
  });
  return failed ? `${host.name}: ${firstLine(all ?? '') || message}` : undefined;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

/** Arguments for rsync: with `-s` (rsync 3.0 and later) the node's shell does not interpret names of files and folders. */
export function rsyncWords(folder: string, node: Host, config: string | undefined): string[] {
  const [host, shell] = target(node, config);
  return [
    ...['-rlpt', '-s', '-F', ...LEFT_OUT.map((name) => `--exclude=/${name}`)],
    ...[shell, '--', `${folder}/`, `${host}:${folder}/`],
  ];
}

/** A node's name for rsync, and the ssh command to reach it. */
function target(node: Host, config: string | undefined): [string, string] {
  const shell = [
    ...['ssh', '-x', '-a', '-o', 'BatchMode=yes'],
    ...(config === undefined ? [] : ['-F', config]),
    ...(node.user === undefined ? [] : ['-l', node.user]),
    ...(node.port === undefined ? [] : ['-p', String(node.port)]),
  ];
  const host = node.name.includes(':') ? `[${node.name}]` : node.name;
  return [host, `--rsh=${shell.map(rsyncQuote).join(' ')}`];
}

/** rsync splits --rsh itself: single quotes enclose a word, and are doubled inside it. */
function rsyncQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;
}
