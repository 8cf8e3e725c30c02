import { plural } from '../../plural.ts';
import { type Check, type Problem, reached, usual } from '../check.ts';
import { versionOf, versionRows } from '../versions.ts';

/** Ranks communicate through these: with different versions they hang or disagree. */
const MUST_MATCH = new Set(['torch', 'cuda', 'nccl', 'deepspeed']);

/** The libraries of the job are installed, with the same version on all nodes. */
export const versions: Check = {
  id: 'versions',
  run(nodes, { needs, python }) {
    if (python === undefined) return undefined;
    const known = reached(nodes).filter(({ report }) => report.python !== null);
    if (known.length === 0) return undefined;
    const found: Problem[] = [];
    for (const name of versionRows(known)) {
      const most = usual(known.map((node) => versionOf(node, name)));
      const same = known.filter((node) => versionOf(node, name) === most).length;
      for (const node of known) {
        const version = versionOf(node, name);
        if (version === most) continue;
        found.push({
          node: node.name,
          severity: MUST_MATCH.has(name) ? 'fatal' : 'warning',
          message: `${name} ${version ?? 'is missing'}, but ${most ?? 'none'} on ${plural(same, 'other node')}`,
          fix: `install the same ${name} on all nodes`,
        });
      }
      if (needs.includes(name) && most === null) {
        found.push({
          node: null,
          severity: 'fatal',
          message: `${name} is not installed for ${python}`,
          fix: `install it, or use the right Python in the command`,
        });
      }
    }
    const words = needs.map((name) => `${name} ${usual(known.map((node) => versionOf(node, name))) ?? '-'}`);
    return { summary: words.join(', ') || 'the same on all nodes', problems: found };
  },
};
