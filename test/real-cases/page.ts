import type { RealCase } from './cases.ts';

/** docs/real-cases.md. */
export function realCasesPage(cases: readonly RealCase[]): string {
  const rows = cases.map(({ name, url, asks, says, runs }) => {
    const [repository = '', ...file] = name.split(', ');
    const asked = /--lr_scheduler_type (\S+)/.exec(asks)?.[1] ?? 'linear (default)';
    return `| [${repository}](${url}) ${file.join(', ')} | ${asked} | ${runs} | ${says.length ? says.map((rule) => `[${rule}](rules.md#${rule})`).join(', ') : 'nothing'} |`;
  });
  return `# What public configs do

Command and config pairs as public repositories ship them: what their script asks for, what really runs, and what \`rampcheck check\`
says. The pairs are rebuilt by hand from the keys that decide a learning rate (\`test/real-cases/cases.ts\`); the repositories' files
are not part of this one.

\`test/real-cases/real-cases.test.ts\` runs every pair with the real transformers, accelerate and DeepSpeed on a CPU, with a tiny model
and 24 optimizer steps, and compares the learning rate that each step used with the curve that \`rampcheck plan\` predicts for
the files as they are: they agree to 1e-12 of the peak. LLaMA-Factory, ms-swift and axolotl are read from their own commands; what
runs is the Trainer that they drive.

| repository and config | asked for | runs | check says |
|---|---|---|---|
${rows.join('\n')}

This page is made from the cases by \`npm run pages\`.
`;
}
