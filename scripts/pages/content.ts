import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../../src/checks/index.ts';
import { rulesPage } from '../../src/checks/page.ts';
import { commands } from '../../src/cli/commands.ts';
import { runFileOptions } from '../../src/cli/options.ts';
import { flagOf, flagsOf, keyOf, type OptionTable } from '../../src/command/option.ts';
import { modes } from '../../src/diagnosis/index.ts';
import { engineOptions, engines } from '../../src/submit/engines.ts';
import { realCases } from '../../test/real-cases/cases.ts';
import { realCasesPage } from '../../test/real-cases/page.ts';

export const docs = join(import.meta.dirname, '..', '..', 'docs');

/** Pages with generated parts: by file, what is generated for each of their markers. */
const parts: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'check.md': optionsOf('check'),
  'curves.md': optionsOf('curve'),
  'diagnoses.md': { modes: modesTable },
  'doctor.md': optionsOf('doctor'),
  'fix.md': optionsOf('fix'),
  'hosts.md': optionsOf('hosts'),
  'kubernetes.md': engineTables('kubernetes'),
  'launch.md': optionsOf('launch'),
  'plan.md': optionsOf('plan'),
  'report.md': optionsOf('report'),
  'run-file.md': { ...optionsOf('init'), ...optionsOf('schema'), keys: keysTable },
  'runs.md': { ...optionsOf('ps'), ...optionsOf('logs'), ...optionsOf('attach') },
  'slurm.md': engineTables('slurm'),
  'verify.md': optionsOf('verify'),
};

/** Every generated page as it should be, by its file in docs. */
export function pages(): Record<string, string> {
  const filled = Object.entries(parts).map(([file, generated]) => {
    let text = readFileSync(join(docs, file), 'utf8');
    for (const [name, make] of Object.entries(generated)) text = fill(file, text, name, make());
    return [file, text];
  });
  return {
    'rules.md': rulesPage(rules),
    'real-cases.md': realCasesPage(realCases),
    ...Object.fromEntries(filled),
  };
}

/** Puts a part between its markers, `<!-- NAME: npm run pages -->` and `<!-- /NAME -->`. */
function fill(file: string, text: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name}: npm run pages -->\n`, `<!-- /${name} -->\n`];
  const [at, until] = [text.indexOf(begin), text.indexOf(end)];
  if (at < 0 || until < at) throw new Error(`docs/${file} has no place for ${name}`);
  return `${text.slice(0, at + begin.length)}${part}${text.slice(until)}`;
}

function optionsOf(name: string): Record<string, () => string> {
  return { [`options of ${name}`]: () => optionTable(commandNamed(name).options) };
}

/** What every engine takes stands on each engine's page, before its own. */
function engineTables(name: string): Record<string, () => string> {
  const engine = engines.find((each) => each.name === name);
  return {
    [`options of submit --to ${name}`]: () => {
      const shared = Object.entries(commandNamed('submit').options).filter(
        ([key]) => !(key in engineOptions),
      );
      return optionTable({ ...engine?.options, ...Object.fromEntries(shared) });
    },
  };
}

function commandNamed(name: string) {
  const definition = commands.find((command) => command.name === name);
  if (!definition) throw new Error(`there is no command ${name}`);
  return definition;
}

function optionTable(options: OptionTable): string {
  const rows = Object.entries(options).map(([name, option]) => {
    const usual = typeof option.default === 'boolean' ? undefined : option.default;
    return [code(flagsOf(name, option)), option.description, usual === undefined ? '' : code(String(usual))];
  });
  return table(['option', 'does', 'without it'], rows);
}

function keysTable(): string {
  const rows = Object.entries(runFileOptions).map(([name, option]) => [
    code(keyOf(name)),
    code(flagOf(name, option)),
    option.kind.negated ? `false: ${option.description}` : option.description,
  ]);
  return table(['key', 'as on the command line', 'does'], rows);
}

function modesTable(): string {
  const rows = modes.map(({ id, title, thread }) => [
    code(id),
    title,
    thread === undefined ? '' : `[thread](${thread})`,
  ]);
  return table(['id', 'what goes wrong', 'seen in'], rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n')}\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}
