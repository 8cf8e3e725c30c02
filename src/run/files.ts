import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const callback = fileURLToPath(new URL('../node/inject/', import.meta.url));

/** The Python that travels to every node, by its path below the agent's folder: nothing is installed there. */
export function callbackFiles(): Record<string, string> {
  const names = readdirSync(`${callback}rampcheck_callback`).filter((name) => name.endsWith('.py'));
  return Object.fromEntries(
    ['sitecustomize.py', ...names.map((name) => `rampcheck_callback/${name}`)].map((name) => [
      name,
      readFileSync(`${callback}${name}`, 'utf8'),
    ]),
  );
}
