import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const corpus = import.meta.dirname;
const folder = join(corpus, 'cases');

/** What a case folder's case.yaml holds. */
const caseFile = z.strictObject({
  /** Row of the catalogue (docs/corpus.md): class and number. */
  row: z.string().regex(/^[A-H]\d+$/),
  title: z.string(),
  /** The user's command, word for word; it runs in a copy of the folder. */
  command: z.string(),
  /** Commands that run before, without rampcheck: the first half of a resumed run. */
  prepare: z.array(z.string()).default([]),
  /** Options of `rampcheck launch`. */
  launch: z.array(z.string()).default([]),
  ranks: z.int().positive(),
  /** The Python environment, by its name in environments.ts. */
  environment: z.string().default('main'),
  /** Further files that the folder shares with other cases, relative to test/corpus. */
  files: z.array(z.string()).default([]),
  outcome: z.enum(['released', 'aborted', 'violated', 'unverified']),
  /** What must have found the mismatch, and the optimizer step before which it can be known at the earliest. */
  by: z.enum(['projection', 'observation']).optional(),
  earliest: z.int().nonnegative().optional(),
  diagnosis: z.string().optional(),
  /** What `rampcheck check` alone says, when the command and its files already show it. */
  check: z.enum(['violation', 'clean']).optional(),
  /** A public thread that reports the problem. */
  thread: z.url().optional(),
  /** Part of `npm test`. */
  fast: z.boolean().default(false),
});

export type Case = z.infer<typeof caseFile> & { id: string; path: string; class: string };

/** Every case, by its folder's name. */
export function readCases(): Case[] {
  return readdirSync(folder)
    .sort()
    .map((id) => {
      const path = join(folder, id);
      const parsed = caseFile.safeParse(parse(readFileSync(join(path, 'case.yaml'), 'utf8')));
      if (!parsed.success) throw new Error(`${id}/case.yaml: ${z.prettifyError(parsed.error)}`);
      const { data } = parsed;
      if ((data.outcome === 'aborted') !== (data.diagnosis !== undefined && data.earliest !== undefined)) {
        throw new Error(
          `${id}/case.yaml: a case that is stopped has a diagnosis and an earliest step, no other has`,
        );
      }
      return { ...data, id, path, class: data.row.slice(0, 1) };
    });
}

/** A case that must not be released. */
export function isFailing({ outcome }: Pick<Case, 'outcome'>): boolean {
  return outcome !== 'released';
}
