import { z } from 'zod';
import type { CommandResult, Context, Handler } from '../command/command.ts';
import type { Values } from '../command/option.ts';
import { ExitCode, RampcheckError } from '../errors.ts';
import { readNamedFile } from '../files/read-file.ts';
import { plural } from '../plural.ts';
import { exactRate, formatRate } from '../rate.ts';
import { chart } from '../report/chart.ts';
import { showsUnicode } from '../report/unicode.ts';
import { compare, type Difference } from '../schedule/compare.ts';
import { curve, families } from '../schedule/index.ts';
import type { CurveSpec, Versions } from '../schedule/schedule.ts';
import { readSpan, writeSpan } from '../schedule/span.ts';
import type { curveOptions } from './options.ts';

/** A curve at the requested steps: the document of `--json`, with the fields of the recorded curves. */
interface Sampled extends CurveSpec {
  steps: number[];
  lrs: number[];
}

type Options = Values<typeof curveOptions>;

/** The most steps to show: a longer chart or table is unreadable; `--steps` samples a longer run. */
const mostSteps = 10_000_000;

export const runCurve: Handler<Options> = async (input, context): Promise<CommandResult> => {
  const { options } = input;
  const { versions = {} } = options;
  const { spec, steps } = readSpec(input.args[0] ?? '', options, context);
  const asked = sample(spec, stepsOf(options, steps, spec), versions);
  if (options.compare === undefined) {
    return { exitCode: ExitCode.done, document: asked, text: draw([asked], options, context) };
  }
  const other = sample(readOther(options.compare, options, spec, context), asked.steps, versions);
  const difference = compare(asked.steps, asked.lrs, other.lrs);
  return {
    exitCode: ExitCode.done,
    document: { ...asked, compare: { ...other, difference: difference ?? null } },
    text: `${draw([asked, other], options, context)}${describe(asked, other, difference)}\n`,
  };
};

/** A schedule given as `family:schedule` or in `@file.json`; options override the file. */
function readSpec(
  word: string,
  options: Options,
  context: Context,
): { spec: CurveSpec; steps: number[] | undefined } {
  if (word.startsWith('@')) {
    const { steps, ...spec } = readFile(word.slice(1), context);
    return { spec: { ...spec, params: options.params ?? spec.params, lr0: options.lr ?? spec.lr0 }, steps };
  }
  if (options.lr === undefined) {
    throw new RampcheckError('no-learning-rate', 'the learning rate is missing', {
      hint: `rampcheck curve ${word} --lr 1e-5`,
    });
  }
  return { spec: { ...named(word), params: options.params ?? {}, lr0: options.lr }, steps: undefined };
}

/** The schedule to compare with: from its own file, or the same warmup and total with its family's parameter names. */
function readOther(word: string, options: Options, spec: CurveSpec, context: Context): CurveSpec {
  if (word.startsWith('@')) return readFile(word.slice(1), context);
  const { lib, scheduler } = named(word);
  const translated = lib === spec.lib ? spec.params : writeSpan({ lib, scheduler }, readSpan(spec));
  const params = options.compareParams ?? translated;
  if (!params) {
    throw new RampcheckError(
      'no-compare-params',
      `rampcheck does not know which parameters of ${word} are its warmup and its total`,
      {
        hint: `give its arguments: --compare-params '{…}'`,
      },
    );
  }
  // DeepSpeed's WarmupDecayLR does not read the optimizer's learning rate: without a peak it uses 0.001.
  const peak = scheduler === 'WarmupDecayLR' && !options.compareParams ? { warmup_max_lr: spec.lr0 } : {};
  return { lib, scheduler, params: { ...params, ...peak }, lr0: spec.lr0 };
}

function named(word: string): { lib: string; scheduler: string } {
  const colon = word.indexOf(':');
  if (colon > 0) return { lib: word.slice(0, colon), scheduler: word.slice(colon + 1) };
  const owners = families.filter(({ schedules }) => schedules.some(({ name }) => name === word));
  throw new RampcheckError('unknown-schedule', `'${word}' does not name the family of the schedule`, {
    hint: owners.length
      ? `did you mean ${owners.map(({ name }) => `${name}:${word}`).join(' or ')}?`
      : 'write <family>:<schedule>, such as transformers:cosine, or @file.json',
  });
}

const wholeSteps = 'has steps that are not whole numbers of at least 0';
const unnamed = 'does not name lib and scheduler';
const curveFile = z.object(
  {
    lib: z.string(unnamed),
    scheduler: z.string(unnamed),
    params: z.record(z.string(), z.unknown(), 'has params that are not an object').default({}),
    lr0: z.number('has no lr0, the learning rate'),
    steps: z.array(z.int(wholeSteps).nonnegative(wholeSteps), wholeSteps).optional(),
  },
  'is not a JSON object',
);

function readFile(path: string, { cwd }: Context): CurveSpec & { steps: number[] | undefined } {
  const text = readNamedFile(cwd, path, { code: 'bad-curve-file', what: 'the curve file' });
  const bad = (message: string, cause?: unknown) =>
    new RampcheckError('bad-curve-file', `${path} ${message}`, {
      hint: 'it needs {"lib", "scheduler", "params", "lr0", "steps"}',
      location: { file: path },
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw bad(`is not JSON: ${(error as Error).message}`, error);
  }
  const read = curveFile.safeParse(value);
  if (!read.success) throw bad(read.error.issues[0]?.message ?? 'is not a curve', read.error);
  const { lib, scheduler, params, lr0, steps } = read.data;
  return { lib, scheduler, params, lr0, steps: steps?.length ? steps : undefined };
}

function stepsOf(options: Options, fromFile: number[] | undefined, spec: CurveSpec): number[] {
  if (options.steps) return options.steps;
  if (options.count === undefined && fromFile) return fromFile;
  const count = options.count ?? readSpan(spec).total ?? 100;
  if (count > mostSteps) {
    throw new RampcheckError('too-many-steps', `${count} steps are too many to show`, {
      hint: `select some with --steps 0,1,2,${count - 1}, or use at most --count ${mostSteps}`,
    });
  }
  return Array.from({ length: Math.max(1, Math.ceil(count)) }, (_, step) => step);
}

function sample(spec: CurveSpec, steps: number[], versions: Versions): Sampled {
  const lr = curve(spec, versions);
  const { lib, scheduler, params, lr0 } = spec;
  return { lib, scheduler, params, lr0, steps, lrs: steps.map(lr) };
}

function draw(curves: readonly Sampled[], options: Options, context: Context): string {
  const head = curves
    .map((sampled) => `${title(sampled)}  ${JSON.stringify(sampled.params)}  lr ${exactRate(sampled.lr0)}\n`)
    .join('');
  if (options.table) return `${head}${table(curves)}`;
  const width = Math.max(20, context.columns);
  const drawn = chart(
    curves.map((sampled) => ({
      label: `${title(sampled)}, ${summary(sampled)}`,
      values: sampled.lrs,
      steps: sampled.steps,
    })),
    { width, height: 14, color: context.color, unicode: showsUnicode(context.env) },
  );
  return `${head}\n${drawn}`;
}

function title({ lib, scheduler }: CurveSpec): string {
  return `${lib}:${scheduler}`;
}

function summary({ steps, lrs }: Sampled): string {
  let top = 0;
  for (const [i, lr] of lrs.entries()) if (lr > (lrs[top] ?? 0)) top = i;
  return `peak ${formatRate(lrs[top] ?? 0)} at step ${steps[top]}, last ${formatRate(lrs.at(-1) ?? 0)}`;
}

/** Every step with all digits of its value, and the difference if there are two curves. */
function table(curves: readonly Sampled[]): string {
  const [asked, other] = curves;
  if (!asked) return '';
  const heads = ['step', ...curves.map(title), ...(other ? ['difference'] : [])];
  const rows = asked.steps.map((step, i) => {
    const lrs = curves.map((sampled) => sampled.lrs[i] ?? Number.NaN);
    const difference = other ? [exactRate((lrs[1] ?? 0) - (lrs[0] ?? 0))] : [];
    return [String(step), ...lrs.map(exactRate), ...difference];
  });
  const widths = heads.map((head, column) => {
    let width = head.length;
    for (const row of rows) width = Math.max(width, row[column]?.length ?? 0);
    return width;
  });
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padStart(widths[0] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return `${[heads, ...rows].map(line).join('\n')}\n`;
}

function describe(asked: Sampled, other: Sampled, difference: Difference | undefined): string {
  if (!difference)
    return `${title(asked)} and ${title(other)} agree at all ${plural(asked.steps.length, 'step')}`;
  const { step, lrs, widest } = difference;
  return (
    `first difference at optimizer step ${step}: ${exactRate(lrs[0])} and ${exactRate(lrs[1])}; ` +
    `largest at step ${widest.step}: ${formatRate(Math.abs(widest.lrs[0] - widest.lrs[1]))}`
  );
}
