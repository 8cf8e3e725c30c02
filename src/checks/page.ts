import type { Rule } from './finding.ts';
import { severities } from './finding.ts';

/** A rule's page in Markdown: `rampcheck explain` prints it, and docs/rules.md contains it. */
export function rulePage({ id, title, severity, reads, why, fix, thread }: Rule): string {
  return [
    `## ${id}`,
    '',
    `**${title}.** ${severity[0]?.toUpperCase()}${severity.slice(1)}.`,
    '',
    `${why}`,
    '',
    `- Reads: ${reads}`,
    `- Fix: ${fix}`,
    ...(thread === undefined ? [] : [`- Seen in: ${thread}`]),
    '',
  ].join('\n');
}

/** docs/rules.md. */
export function rulesPage(rules: readonly Rule[]): string {
  const sorted = rules.toSorted(
    (a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || a.id.localeCompare(b.id),
  );
  const rows = sorted.map(({ id, title, severity }) => `| [${id}](#${id}) | ${severity} | ${title} |`);
  return `# Rules

\`rampcheck check\` applies ${rules.length} rules. \`rampcheck explain <rule>\` prints one of them. \`npm run pages\` generates this page from
the rules in src/checks/.

A **violation** means that the learning rate would not be the one that was asked for (exit 93). An **error** means that a library
refuses to run this (exit 2): it is never a schedule violation. A **warning** runs, and probably not as meant (exit 0). **Notes** are
shown with \`--severity note\`.

| rule | at worst | says |
|---|---|---|
${rows.join('\n')}

${sorted.map(rulePage).join('\n')}`;
}
