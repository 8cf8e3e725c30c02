import { createRequire } from 'node:module';

/** Where a secret stands in a text: from and to, in UTF-16 units. */
export type Span = [from: number, to: number];

/**
 * Forms that are secrets wherever they stand. The maintained rules know the exact forms of some thirty services; these are shorter and
 * looser, so that a token of a shape that a service begins to give out tomorrow is masked too. Each pattern is linear in the text.
 */
const FORMS: readonly RegExp[] = [
  /\b(?:hf_[A-Za-z0-9]{8,}|sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|xox[abprs]-[A-Za-z0-9-]{10,}|A[KS]IA[0-9A-Z]{16}|glpat-[\w-]{16,})/g,
  // A JSON Web Token: three parts, the first of which begins with `{"` in base64.
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g,
  // The password of a URL: https://user:password@host.
  /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{0,256}:)[^\s@/]{1,512}(?=@)/gi,
  /(?<=\b(?:Bearer|Basic)\s)[\w.~+/=-]{8,}/gi,
  /https:\/\/(?:hooks\.slack\.com|discord(?:app)?\.com\/api\/webhooks|[\w.-]+\.webhook\.office\.com)\/[\w/@-]{8,}/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,8192}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
];

/** Longer texts are looked at in parts: no rule looks further, and none is asked to. */
const PART = 64 * 1024;
/** Only a run of so many characters, a digit among them, can be what the maintained rules look for. */
const CANDIDATE = /[A-Za-z0-9_+/=-]{20,}/g;

/** Returns where secrets stand in a text that can be known by their form alone. */
export function secretForms(text: string): Span[] {
  const found: Span[] = [];
  for (const form of FORMS) {
    for (const match of text.matchAll(form)) found.push([match.index, match.index + match[0].length]);
  }
  for (let from = 0; from < text.length; from += PART) {
    const part = text.slice(from, from + PART);
    if (!part.match(CANDIDATE)?.some((run) => /\d/.test(run))) continue;
    for (const [start, end] of byMaintainedRules(part)) found.push([from + start, from + end]);
  }
  return found;
}

interface Rule {
  create(context: unknown, options: object): { file?(source: object): void };
}
let rules: readonly Rule[] | undefined;

/** The rules of secretlint's recommended preset, without its file walker. They report ranges, at once. */
function byMaintainedRules(content: string): Span[] {
  // 25 ms to load: only a text that could hold a token has to pay for it.
  rules ??= createRequire(import.meta.url)('@secretlint/secretlint-rule-preset-recommend').rules as Rule[];
  const found: Span[] = [];
  const context = {
    sharedOptions: {},
    createTranslator: () => () => ({ message: '', messageId: '' }),
    report: ({ range: [from, to] }: { range: Span }) => found.push([from, to]),
    ignore() {},
  };
  const source = { content, filePath: 'text', ext: '', contentType: 'text', hasBOM: false };
  for (const rule of rules) rule.create(context, {}).file?.(source);
  return found;
}
