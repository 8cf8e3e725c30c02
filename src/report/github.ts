import type { Finding, Severity } from '../checks/finding.ts';

const commands: Readonly<Record<Severity, string>> = {
  violation: 'error',
  error: 'error',
  warning: 'warning',
  note: 'notice',
};

/** Findings as workflow commands of GitHub Actions: one line each, which GitHub shows at the line of the file. */
export function toGithub(findings: readonly Finding[]): string {
  return findings
    .filter(({ suppressed }) => suppressed === undefined)
    .map(({ rule, severity, message, evidence, fix }) => {
      const [place] = evidence.flatMap(({ location }) => location ?? []);
      const properties = [
        ...(place ? [`file=${property(place.file)}`] : []),
        ...(place?.line === undefined ? [] : [`line=${place.line}`]),
        ...(place?.column === undefined ? [] : [`col=${place.column}`]),
        `title=${property(rule)}`,
      ];
      const text = fix[0] ? `${message}. Fix: ${fix[0]}` : message;
      return `::${commands[severity]} ${properties.join(',')}::${data(text)}\n`;
    })
    .join('');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
