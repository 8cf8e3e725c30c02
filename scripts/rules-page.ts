/** Writes docs/rules.md and docs/real-cases.md from what they are made of: node_modules/.bin/node scripts/rules-page.ts */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../src/checks/index.ts';
import { rulesPage } from '../src/checks/page.ts';
import { realCases } from '../test/real-cases/cases.ts';
import { realCasesPage } from '../test/real-cases/page.ts';

const docs = join(import.meta.dirname, '..', 'docs');
writeFileSync(join(docs, 'rules.md'), rulesPage(rules));
writeFileSync(join(docs, 'real-cases.md'), realCasesPage(realCases));
