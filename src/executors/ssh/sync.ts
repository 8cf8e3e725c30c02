import { execa } from 'execa';
import { ExitCode, RampcheckError } from '../../errors.ts';
import type { Host } from '../transport.ts';
import { makeLimit } from './limit.ts';

/** Copies at a time: more of them wait for the same disk and the same cable. */
const AT_A_TIME = 8;
/** The folders of runs belong to this machine; a repository's history is nothing that a rank reads. */
const LEFT_OUT = ['rampcheck-runs', '.git'];

/** Where a folder is copied to, and how a command runs there. */
export interface SyncNode {
  host: Host;
  run(argv: readonly string[]): Promise<{ exitCode: number | null; stderr: string }>;
}

/**
 * Copies a folder to the same path of every node, with rsync over this machine's ssh. What a node has besides is left there; a
 * `.rsync-filter` in the folder leaves files out. Where the folder is shared already, nothing is copied.
 *
 * @throws RampcheckError `sync-failed` (exit 90) in the node's or rsync's own words, for all nodes on which it failed.
 */
export async function syncFolder(
  folder: string,
  nodes: readonly SyncNode[],
  { config, say }: { config?: string | undefined; say?: ((text: string) => void) | undefined },
): Promise<void> {
  say?.(`copying ${folder} to ${nodes.length === 1 ? nodes[0]?.host.name : `${nodes.length} nodes`}`);
  const limit = makeLimit(AT_A_TIME);
  const failures = await Promise.all(nodes.map((node) => limit('', () => copy(folder, node, config))));
  const reasons = failures.filter((failure) => failure !== undefined);
  if (reasons.length === 0) return;
  throw new RampcheckError(
    'sync-failed',
    `${folder} cannot be copied to ${reasons.length} of ${nodes.length} nodes:${reasons.map((reason) => `\n    ${reason}`).join('')}`,
    {
      hint: 'rsync is needed here and on every node, and the right to write there; nothing was started',
      exitCode: ExitCode.preflightFailed,
    },
  );
}

/** Brings a folder of a node to the same path here. What is newer here, or named, stays as it is; a failure is silent. */
export async function pullFolder(folder: string, node: Host, except: readonly string[]): Promise<void> {
  const [host, shell] = target(node, undefined);
  const words = ['-rlpt', '--update', '-s', ...except.map((name) => `--exclude=/${name}`), shell];
  await execa('rsync', [...words, '--', `${host}:${folder}/`, `${folder}/`], {
    reject: false,
    stdin: 'ignore',
  });
}

/** The reason why it failed; undefined when the node now has the folder. */
async function copy(
  folder: string,
  { host, run }: SyncNode,
  config: string | undefined,
): Promise<string | undefined> {
  // rsync ends its ssh when it fails, and with it what the node was about to say: what can be wrong there is asked before.
  const made = await run(['mkdir', '-p', '--', folder]);
  if (made.exitCode !== 0) return `${host.name}: ${firstLine(made.stderr) || 'the folder cannot be made'}`;
  const there = await run(['sh', '-c', 'command -v rsync || exit 1']);
  if (there.exitCode !== 0) return `${host.name}: there is no rsync`;
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

/** Words for rsync: names of files and folders reach no shell of the node (`-s`, which every rsync since 3.0 knows). */
export function rsyncWords(folder: string, node: Host, config: string | undefined): string[] {
  const [host, shell] = target(node, config);
  return [
    ...['-rlpt', '-s', '-F', ...LEFT_OUT.map((name) => `--exclude=/${name}`)],
    ...[shell, '--', `${folder}/`, `${host}:${folder}/`],
  ];
}

/** A node as rsync names it, and how it is reached. */
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

/** rsync splits --rsh itself: single quotes hold a word together, and are doubled inside. */
function rsyncQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;
}
