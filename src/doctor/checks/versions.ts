import { type Check, type Problem, reached, usual } from '../check.ts';
import { versionOf, versionRows } from '../versions.ts';

/** Ranks talk to each other through these: with two versions they hang or disagree. */
const MUST_MATCH = new Set(['torch', 'cuda', 'nccl', 'deepspeed']);

/** The libraries of the job are there, and in one version. */
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
          message: `${name} ${version ?? 'is missing'}, and ${most ?? 'none'} on ${same} other node${same === 1 ? '' : 's'}`,
          fix: `install the same ${name} everywhere`,
        });
      }
      if (needs.includes(name) && most === null) {
        found.push({
          node: null,
          severity: 'fatal',
          message: `${name} is not installed for ${python}`,
          fix: `install it, or name the right Python in the command`,
        });
      }
    }
    const words = needs.map((name) => `${name} ${usual(known.map((node) => versionOf(node, name))) ?? '-'}`);
    return { summary: words.join(', ') || 'the same everywhere', problems: found };
  },
};
