import { createRequire } from 'node:module';

/** The YAML library, loaded where it is needed: most commands read none, and it is a fifth of what a short one loads. */
export function yaml(): typeof import('yaml') {
  return createRequire(import.meta.url)('yaml') as typeof import('yaml');
}
