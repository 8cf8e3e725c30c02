import { type Span, secretForms } from './secret-forms.ts';
import { isSecret, looksRandom } from './secret-names.ts';

/** Masks secrets in a text that leaves the process. */
export type Redact = (text: string) => string;

const MASK = '***';
/** A value that is shorter is ordinary text elsewhere: it is masked beside its name, and nowhere else. */
const SHORTEST = 6;
/** `NAME=value`, `"name": "value"`, `--name value`. Bounded, so that a long line costs no more than its length. */
const NAMED =
  /(?<![\w.-])(-{0,2}["']?[A-Za-z_][\w.-]{2,60}["']?)(\s{0,2}[=:]\s{0,2}|\s)(["']?)([^\s"',;&]{1,4096})/g;
const PERHAPS_NAMED =
  /token|secret|pass|key|pwd|webhook|jwt|pat|pin|otp|bearer|credential|cookie|auth|dsn|session|signature|sas/i;

/**
 * A function that masks secrets in any text that leaves the process: the values of environment variables and options whose names say
 * that they are secrets (secret-names.ts), wherever these values stand; what stands beside such a name; and what is a secret by its
 * form (secret-forms.ts).
 */
export function makeRedactor(
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[] = [],
): Redact {
  const values = new Set<string>();
  for (const [name, value] of Object.entries(env)) if (value && isSecret(name, value)) values.add(value);
  argv.forEach((word, index) => {
    const [, name = '', value] = /^-{0,2}([A-Za-z_][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (!word.startsWith('-') && value === undefined) return;
    const secret = value ?? argv[index + 1];
    if (secret && !secret.startsWith('--') && isSecret(name, secret)) values.add(secret);
  });
  const masks = [...values].sort((a, b) => b.length - a.length).flatMap(patternOf);
  return (text) => {
    let clean = text;
    for (const pattern of masks) clean = clean.replace(pattern, MASK);
    return cover(maskNamed(clean), secretForms);
  };
}

/**
 * Masks the strings of a document, before it is written as JSON: a secret that is an ordinary word (`DB_PASSWORD=training`) must not
 * change a key, and must not change a word of ours ("state": "training"), or the next command cannot read the document.
 */
export function redactDocument<T>(document: T, redact: Redact): T {
  return walk(document, undefined, redact) as T;
}

/** Parts of a document in which every string is the user's own. */
const FOREIGN =
  /^(argv|args|command|env|environment|line|lines|text|traceback|error|tail|settings|training|stated|value)$/;

function walk(value: unknown, foreign: string | undefined, redact: Redact): unknown {
  if (typeof value === 'string') {
    // It may be a word of ours: only its form can make it a secret.
    if (foreign === undefined && /^[a-z][a-z_-]*$/i.test(value)) return cover(value, secretForms);
    if (foreign !== undefined && isSecret(foreign, value)) return MASK;
    return redact(value);
  }
  if (Array.isArray(value)) return maskWords(value.map((entry) => walk(entry, foreign, redact)));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      const name = foreign !== undefined ? key : FOREIGN.test(key) ? key : undefined;
      return [key, walk(entry, name, redact)];
    }),
  );
}

/** In a list of words the value of an option is the word behind it. */
function maskWords(words: unknown[]): unknown[] {
  return words.map((word, index) => {
    const [, name] = /^--?([A-Za-z_][\w.-]*)$/.exec(String(words[index - 1] ?? '')) ?? [];
    return typeof word === 'string' && name && !word.startsWith('--') && isSecret(name, word) ? MASK : word;
  });
}

function patternOf(value: string): RegExp[] {
  if (/^[\d.e+-]+$/i.test(value))
    return value.length < 4 ? [] : [RegExp(`(?<![\\w.])${literal(value)}(?![\\w.])`, 'g')];
  if (value.length < SHORTEST) return [];
  // Inside a JSON document the same value stands escaped.
  const escaped = JSON.stringify(value).slice(1, -1);
  return [...new Set([value, escaped])].map((form) => RegExp(literal(form), 'g'));
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** Masks what stands beside a name that says so: the output of a training names its own variables. */
function maskNamed(text: string): string {
  if (!PERHAPS_NAMED.test(text)) return text;
  return text.replace(NAMED, (all, name: string, between: string, quote: string, value: string) => {
    const option = name.startsWith('--');
    if (between.trim() === '' && !option) return all;
    const bare = name.replace(/^--?|["']/g, '');
    if (value === MASK || !isSecret(bare, value)) return all;
    // `token = get_token()` in a traceback is code, and helps the reader.
    const plain = !option && quote === '' && !/^[A-Z0-9_]+$/.test(bare);
    if (plain && !looksRandom(value)) return all;
    return `${name}${between}${quote}${MASK}`;
  });
}

function cover(text: string, find: (text: string) => Span[]): string {
  const spans = find(text).sort(([a], [b]) => a - b);
  let clean = '';
  let at = 0;
  for (const [from, to] of spans) {
    if (to <= at) continue;
    clean += text.slice(at, Math.max(at, from)) + (from < at && clean.endsWith(MASK) ? '' : MASK);
    at = to;
  }
  return clean + text.slice(at);
}
