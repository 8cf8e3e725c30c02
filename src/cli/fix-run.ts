import type { Finding, Repair } from '../checks/finding.ts';
import { checkJob } from '../checks/index.ts';
import { openFindings } from '../checks/suppress.ts';
import type { CommandInput, CommandResult, Context } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { repairFiles, writeRepairs } from '../files/repair.ts';
import { parseDeepSpeedConfig } from '../job/deepspeed-config.ts';
import type { Job } from '../job/job.ts';
import { plural } from '../plural.ts';
import { makeRedactor, redactDocument } from '../redact/redact.ts';
import { unifiedDiff } from '../report/diff.ts';
import { wrap } from '../report/text.ts';
import { commandJob } from './command-job.ts';
import type { fixOptions } from './options.ts';

const scheduler = 'deepspeed-scheduler-replaces';

/** `rampcheck fix`: shows both remedies as diffs, or only the one of --remedy, or writes it. */
export async function fixRun(
  input: CommandInput<Values<typeof fixOptions>>,
  context: Context,
): Promise<CommandResult> {
  const { remedy, write = false } = input.options;
  const { job } = await commandJob(input, context);
  const redact = makeRedactor({ ...context.env, ...job.env }, input.command);
  const findings = openFindings(job, input.ignore);
  const shown = remedy !== undefined || write ? [remedy ?? 'trainer'] : ['trainer', 'deepspeed'];
  const ways = shown
    .map((name) => ({ remedy: name, repairs: repairsOf(findings, name, remedy !== undefined) }))
    .filter(({ repairs }, at) => at === 0 || repairs.some(({ remedy: which }) => which === shown[at]));
  const changes = ways.map((way) => ({
    remedy: way.remedy,
    files: repairFiles(
      job.cwd,
      way.repairs.flatMap(({ edits }) => edits),
    ).filter(({ before, after }) => before !== after),
  }));
  const [first] = changes;
  if (write && first) writeRepairs(job.cwd, first.files);
  const left = write
    ? checkJob((await commandJob(input, context)).job).filter(
        ({ severity }) => severity === 'violation' || severity === 'error',
      )
    : [];
  const diffs = changes.map(({ remedy: name, files }) => ({
    remedy: name,
    diff: files.map(({ file, before, after }) => unifiedDiff(file, before, after)).join(''),
    leaves: leavesChanged(job, files),
  }));
  const [only, ...others] = diffs;
  // The output of a single diff is only the diff, so the remaining differences go to standard error.
  if (!write && only?.diff && others.length === 0 && input.options.quiet !== true)
    context.stderr.write(redact(leavesText(only.leaves, context.columns, 'rampcheck: ')));
  return {
    exitCode: left.length === 0 ? ExitCode.done : exitOf(left),
    document: redactDocument(
      { written: write, remedies: diffs, left: left.map(({ rule, message }) => ({ rule, message })) },
      redact,
    ),
    text: redact(
      write
        ? writtenText(first?.files ?? [], left, only?.leaves ?? [], context.columns)
        : diffText(diffs, findings, context.columns),
    ),
  };
}

/** What would still differ from the command after writing: the findings about the DeepSpeed config then. */
function leavesChanged(job: Job, files: readonly { file: string; after: string }[]): string[] {
  const { deepspeed } = job;
  const file = files.find(({ file: name }) => name === deepspeed?.path);
  if (!deepspeed || !file) return [];
  return checkJob({ ...job, deepspeed: parseDeepSpeedConfig(file.after, deepspeed.path) })
    .filter(({ rule, severity }) => rule.startsWith('deepspeed-') && severity !== 'note')
    .map(({ message, evidence }) => {
      const effects = evidence
        .slice(1)
        .filter(({ text }) => text !== job.training.lr_scheduler_type?.text)
        .map(({ means }) => means);
      return effects.length ? `${message} (${effects.join('; ')})` : message;
    });
}

function leavesText(leaves: readonly string[], columns: number, mark: string): string {
  const lines = leaves.length ? leaves : ['nothing'];
  return lines
    .map((line) => `${wrap(line, columns, `${mark}leaves changed: `, 2).join(`\n${mark}`)}\n`)
    .join('');
}

/** One repair per finding: for the scheduler the one of the remedy, for others the default one. */
function repairsOf(findings: readonly Finding[], remedy: string, asked: boolean): Repair[] {
  const found: Repair[] = [];
  for (const { rule, severity, repairs = [] } of findings) {
    if (severity === 'note') continue;
    if (rule !== scheduler) {
      found.push(...repairs.slice(0, 1));
      continue;
    }
    // A block of the same family may stay: it is replaced only on request.
    if (severity !== 'violation' && !asked) continue;
    const repair = repairs.find(({ remedy: name }) => name === remedy);
    if (repair) found.unshift(repair);
    else if (asked && severity === 'violation') {
      throw new RampcheckError(
        'no-remedy',
        `DeepSpeed has no schedule of the requested family, so there is no --remedy ${remedy}`,
        {
          hint: '--remedy trainer removes the scheduler from the DeepSpeed config',
        },
      );
    }
  }
  return found;
}

function exitOf(left: readonly Finding[]): ExitCode {
  return left.some(({ severity }) => severity === 'violation') ? ExitCode.scheduleViolation : ExitCode.usage;
}

function diffText(
  diffs: readonly { remedy: string; diff: string; leaves: readonly string[] }[],
  findings: readonly Finding[],
  columns: number,
): string {
  const some = diffs.filter(({ diff }) => diff !== '');
  if (some.length === 0) {
    const open = findings.filter(({ severity }) => severity !== 'note').length;
    return open
      ? wrap(
          `no finding has a mechanical fix: see rampcheck check for the remaining ${plural(open, 'finding')}`,
          columns,
          '',
          0,
        )
          .join('\n')
          .concat('\n')
      : 'no problems found: nothing to fix\n';
  }
  // The output of a single diff is only the diff, so it can be piped into patch.
  if (some.length === 1) return some[0]?.diff ?? '';
  return some
    .map(({ remedy, diff, leaves }) => `# --remedy ${remedy}\n${leavesText(leaves, columns, '# ')}${diff}`)
    .join('\n');
}

function writtenText(
  files: readonly { file: string }[],
  left: readonly Finding[],
  leaves: readonly string[],
  columns: number,
): string {
  const written = files.length
    ? `written: ${files.map(({ file }) => file).join(', ')}\n`
    : 'nothing to write\n';
  const rest = left.flatMap(({ severity, rule, message }) =>
    wrap(message, columns, `left: ${severity}[${rule}] `, 2),
  );
  const remains = files.length && leaves.length ? leavesText(leaves, columns, '') : '';
  return (
    written + remains + (rest.length ? `${rest.join('\n')}\n` : 'check now finds no violation and no error\n')
  );
}
