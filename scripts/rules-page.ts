/** Writes docs/rules.md from the rules: node_modules/.bin/node scripts/rules-page.ts */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../src/checks/index.ts';
import { rulesPage } from '../src/checks/page.ts';

writeFileSync(join(import.meta.dirname, '..', 'docs', 'rules.md'), rulesPage(rules));
