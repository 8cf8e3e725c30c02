import type { Evidence, Finding, Rule, Severity } from '../checks/finding.ts';

const levels: Readonly<Record<Severity, string>> = {
  violation: 'error',
  error: 'error',
  warning: 'warning',
  note: 'note',
};

/**
 * Findings as SARIF 2.1.0, which code hosts and editors show next to the line. A finding without a location gets
 * `fallback`, because most readers drop results without a location.
 */
export function toSarif(
  findings: readonly Finding[],
  rules: readonly Rule[],
  { version, fallback }: { version: string; fallback: string },
): unknown {
  const used = rules.filter(({ id }) => findings.some(({ rule }) => rule === id));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'rampcheck',
            version,
            rules: used.map(({ id, title, why, fix, severity }) => ({
              id,
              shortDescription: { text: title },
              fullDescription: { text: why },
              help: { text: fix },
              defaultConfiguration: { level: levels[severity] },
            })),
          },
        },
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: used.findIndex(({ id }) => id === finding.rule),
          level: levels[finding.severity],
          message: { text: messageOf(finding) },
          locations: placesOf(finding.evidence, fallback),
          ...(finding.suppressed === undefined
            ? {}
            : { suppressions: [{ kind: 'external', justification: finding.suppressed }] }),
        })),
      },
    ],
  };
}

function messageOf({ message, asked, wouldRun, fix }: Finding): string {
  const against = asked && wouldRun ? ` Requested: ${asked}. Would run: ${wouldRun}.` : '';
  return `${message}.${against}${fix[0] ? ` Fix: ${fix[0]}.` : ''}`;
}

function placesOf(evidence: readonly Evidence[], fallback: string): unknown[] {
  const [place = { file: fallback }] = evidence.flatMap(({ location }) => location ?? []);
  const { file, line, column } = place;
  return [
    {
      physicalLocation: {
        artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/') },
        ...(line === undefined
          ? {}
          : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } }),
      },
    },
  ];
}
