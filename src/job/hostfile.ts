import { type Location, RampcheckError } from '../errors.ts';
import { readNamedFile } from '../files/read-file.ts';
import { expandHosts } from './host-range.ts';
import type { Node } from './job.ts';

/** No machine has more slots: a larger count is a typing error. */
const MOST_SLOTS = 1024;

/** Reads the nodes of a hostfile, in node-rank order. A line without a number has `slots` slots. */
export function readHostfile(cwd: string, path: string, slots?: number): Node[] {
  const text = readNamedFile(cwd, path, {
    code: 'hostfile-missing',
    what: 'the hostfile',
    hint: 'give the file that lists the nodes; DeepSpeed itself would only warn and train on this machine',
  });
  return parseHostfile(text, path, slots);
}

/**
 * Reads `host slots=N`, one host per line, like DeepSpeed but strictly: DeepSpeed reads `slots=8x` as 8. Hosts may be
 * `user@host:port`, IPv6 addresses (`fd00::7`, `[fd00::7]:22`) and ranges (`node[01-08]`); Open MPI's `max_slots=N` may follow.
 *
 * @throws RampcheckError with the line and column of what is wrong.
 */
export function parseHostfile(text: string, file: string, usual?: number): Node[] {
  const nodes = new Map<string, Node>();
  text
    .replace(/^\ufeff/, '')
    .split('\n')
    .forEach((line, index) => {
      const content = line.trim();
      if (content === '' || content.startsWith('#')) return;
      for (const node of parseLine(line, { file, line: index + 1 }, usual)) add(node);
    });
  function add(node: Node): void {
    const first = nodes.get(node.name);
    if (first) {
      throw new RampcheckError(
        'hostfile-duplicate',
        `host '${node.name}' is listed twice, first on line ${first.location?.line}`,
        {
          location: node.location ?? { file },
          hint: `remove one of the two, or write the ranks of both on one line: ${node.name} slots=${first.slots.length + node.slots.length}`,
        },
      );
    }
    nodes.set(node.name, node);
  }
  if (nodes.size === 0) {
    throw new RampcheckError('hostfile-empty', 'the hostfile lists no host', {
      location: { file },
      hint: "write one line per node, such as 'worker-0 slots=8'",
    });
  }
  return [...nodes.values()];
}

function parseLine(line: string, { file, line: number = 1 }: Location, usual?: number): Node[] {
  const [, indent = '', name = '', gap = '', rest = ''] = /^(\s*)(\S+)(\s*)(.*?)\s*$/.exec(line) ?? [];
  const nameColumn = indent.length + 1;
  const restColumn = nameColumn + name.length + gap.length;
  const entry = rest.replace(/(^|\s+)#.*$/, '');
  const bad = (column: number, what: string, hint: string) =>
    new RampcheckError('hostfile-line', `${what} in '${line.trim()}'`, {
      location: { file, line: number, column },
      hint,
    });

  const hosts = () => readHosts(name, (what, hint) => bad(nameColumn, what, hint));
  const located = (slots: number) =>
    hosts().map((host) => ({
      ...host,
      slots: Array.from({ length: slots }, (_, slot) => slot),
      location: { file, line: number, column: nameColumn },
    }));

  const joined = /^([^[\]:]+):(?:slots=)?(\d+)$/.exec(name);
  if (entry === '' && usual !== undefined && !joined) return located(usual);
  if (entry === '' || entry.startsWith('#')) {
    const meant = joined ? `${joined[1]} slots=${joined[2]}` : `${name} slots=8`;
    throw bad(nameColumn, 'the number of slots is missing', `write '${meant}'`);
  }
  const [, count, extra = ''] = /^slots=(\d+)(.*)$/.exec(entry) ?? [];
  if (count === undefined) {
    const slots = /\d+/.exec(entry)?.[0] ?? '8';
    throw bad(restColumn, `'${entry}' is not a number of slots`, `write '${name} slots=${slots}'`);
  }
  const countColumn = restColumn + 'slots='.length;
  const write = `write '${name} slots=${count}'`;
  if (/^\S/.test(extra)) throw bad(countColumn, `'${count}${extra}' is not a number of slots`, write);
  if (extra !== '' && !/^\s+max[-_]slots=\d+$/.test(extra)) {
    const column = countColumn + count.length + (extra.length - extra.trimStart().length);
    throw bad(column, `'${extra.trim()}' is unexpected`, write);
  }
  const slots = Number(count);
  if (slots < 1 || slots > MOST_SLOTS) {
    const hint =
      slots < 1 ? `remove the line to leave '${name}' out` : `a node has at most ${MOST_SLOTS} slots here`;
    throw bad(countColumn, `${slots} is not a valid number of slots`, hint);
  }
  return located(slots);
}

/** `name`, `user@name:port`, `[IPv6]:port`, and any of them with ranges. */
function readHosts(
  text: string,
  fail: (what: string, hint: string) => RampcheckError,
): Pick<Node, 'name' | 'user' | 'port'>[] {
  const [, user, rest = ''] = /^(?:([^@]*)@)?(.*)$/.exec(text) ?? [];
  if (user === '' || rest === '' || rest.startsWith('-') || user?.startsWith('-')) {
    throw fail(`'${text}' is not a host`, "write 'host' or 'user@host:port'");
  }
  const address = /^\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.%\w]*)\](?::(\d+))?$/.exec(rest);
  const isAddress = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.%\w]*$/.test(rest);
  const [, names = rest, portText] = isAddress ? [] : (/^(.*?)(?::(\d+))?$/.exec(rest) ?? []);
  const port = address ? address[2] : portText;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    throw fail(`${port} is not a port`, 'ports go from 1 to 65535');
  }
  const more = {
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
  if (address) return [{ name: address[1] ?? '', ...more }];
  try {
    return (isAddress ? [rest] : expandHosts(names)).map((name) => ({ name, ...more }));
  } catch (error) {
    throw fail(`the host list ${(error as Error).message}`, "write ranges as 'node[01-08]'");
  }
}
