import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CurveSpec } from '../../src/schedule/schedule.ts';

/** A curve recorded from a real library: lrs[i] is the learning rate that optimizer step steps[i] used. */
export interface Golden extends CurveSpec {
  file: string;
  steps: number[];
  lrs: number[];
  /** What the library raised, if it did. */
  error?: string;
}

const folder = fileURLToPath(new URL('../golden/', import.meta.url));

/** Every recorded curve but the end-to-end ones, whose curve is a whole job's. */
export function goldens(): Golden[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && !file.startsWith('e2e_'))
    .map((file) => ({
      file,
      ...(JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as Omit<Golden, 'file'>),
    }));
}
