import { plural } from '../../plural.ts';
import type { Check } from '../check.ts';

/** Every node can be reached, accepts the login and runs Python. */
export const reach: Check = {
  id: 'reach',
  run(nodes) {
    const away = nodes.filter(({ error }) => error !== null);
    return {
      summary: `${nodes.length - away.length} of ${plural(nodes.length, 'node')} reachable`,
      problems: away.map(({ name, error }) => ({
        node: name,
        severity: 'fatal',
        message: error?.message ?? '',
        fix: error?.hint ?? `make 'ssh ${name} python3 --version' work`,
      })),
    };
  },
};
