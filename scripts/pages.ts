/** Writes the pages in docs, and the parts of pages, that follow from the code: npm run pages */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { docs, pages } from './pages/content.ts';

for (const [file, text] of Object.entries(pages())) writeFileSync(join(docs, file), text);
