import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findingsOf, rules } from '../../src/checks/index.ts';
import { rulesPage } from '../../src/checks/page.ts';
import { root } from '../support/cli.ts';
import { jobOf } from '../support/job.ts';
import type { Case, RuleCases } from './cases/case.ts';
import { deepspeedCases } from './cases/deepspeed.ts';
import { launcherCases } from './cases/launchers.ts';
import { resumeCases } from './cases/resume.ts';
import { transformersCases } from './cases/transformers.ts';

const cases: Record<string, RuleCases> = {
  ...deepspeedCases,
  ...transformersCases,
  ...resumeCases,
  ...launcherCases,
};

function jobOfCase({ line, files = {}, options, env }: Case) {
  const texts = Object.entries(files).map(([name, content]) => [
    name,
    typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content, null, 2),
  ]);
  return jobOf(line.trim(), Object.fromEntries(texts) as Record<string, string>, options, env);
}

test('every rule has a failing and a clean command', () => {
  const ids = rules.map(({ id }) => id);
  expect(Object.keys(cases).sort()).toEqual([...ids].sort());
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(cases[id]?.fails.length, id).toBeGreaterThan(0);
    expect(cases[id]?.clean.length, id).toBeGreaterThan(0);
  }
});

describe.each(rules)('$id', (rule) => {
  const { fails, clean } = cases[rule.id] ?? { fails: [], clean: [] };
  test.each(fails)('is found in: $line $files', (given) => {
    const found = findingsOf(rule, jobOfCase(given));
    expect(found.length).toBeGreaterThan(0);
    for (const finding of found) {
      expect(finding.severity).toBe(given.severity ?? rule.severity);
      expect(finding.fix.every((fix) => fix.length > 0)).toBe(true);
      if (finding.severity === 'violation')
        expect([finding.asked, finding.wouldRun]).not.toContain(undefined);
    }
  });
  test.each(clean)('is not found in: $line $files', (given) => {
    expect(findingsOf(rule, jobOfCase(given))).toEqual([]);
  });
});

test('docs/rules.md is what the rules say: npm run pages writes it', () => {
  expect(readFileSync(join(root, 'docs', 'rules.md'), 'utf8')).toBe(rulesPage(rules));
});
