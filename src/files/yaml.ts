import { createRequire } from 'node:module';

/** The YAML library, loaded only when needed: most commands read no YAML, and it is a fifth of what a short command loads. */
export function yaml(): typeof import('yaml') {
  return createRequire(import.meta.url)('yaml') as typeof import('yaml');
}
