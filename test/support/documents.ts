import { documents } from '../../src/documents/index.ts';
import type { DocumentName } from '../../src/documents/names.ts';

/** Checks what a command line printed, when it asked for JSON: one document, exactly as its schema describes it. */
export function checkPrinted(args: readonly string[], stdout: string): void {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  const [command = ''] = own;
  if (!own.includes('--json') || own.includes('--help') || command === 'schema') return;
  const document: unknown = JSON.parse(stdout);
  const name = isError(document) ? 'error' : (command as DocumentName);
  const { error } = documents[name].safeParse(document);
  if (error) throw new Error(`${name}: ${JSON.stringify(error.issues, null, 2)}\n${stdout.slice(0, 2000)}`);
}

function isError(document: unknown): boolean {
  return typeof document === 'object' && document !== null && 'error' in document;
}
