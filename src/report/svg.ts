import { formatRate } from '../rate.ts';

/** A line of the plot: [optimizer step, learning rate] in order; a value that is not finite leaves a gap. */
export interface Line {
  label: string;
  kind: 'expected' | 'projected' | 'observed';
  /** Lines of the same optimizer and group have the same colour. */
  hue: number;
  points: readonly (readonly [number, number])[];
}

const WIDTH = 960;
const HEIGHT = 340;
const LEFT = 76;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 40;

/** Draws the learning rate over optimizer steps as one SVG without scripts, which scales with the page and can be printed. */
export function lineChart(lines: readonly Line[], mark?: { step: number; label: string }): string {
  const all = lines.flatMap(({ points }) => points).filter(([, lr]) => Number.isFinite(lr));
  if (all.length === 0) return '';
  const first = min(all.map(([step]) => step));
  const last = Math.max(first + 1, max(all.map(([step]) => step)));
  const rates = ticksTo(max(all.map(([, lr]) => lr)));
  const top = rates.at(-1) ?? 1;
  const x = (step: number) => LEFT + ((step - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (lr: number) => TOP + (1 - lr / top) * (HEIGHT - TOP - BOTTOM);
  const steps = stepTicks(first, last);
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="learning rate over optimizer steps">`,
    ...rates.map(
      (lr) =>
        `<path class="grid" d="M${LEFT} ${px(y(lr))}H${WIDTH - RIGHT}"/><text x="${LEFT - 8}" y="${px(y(lr) + 4)}" text-anchor="end">${formatRate(lr)}</text>`,
    ),
    ...steps.map(
      (step) =>
        `<path class="grid" d="M${px(x(step))} ${TOP}V${HEIGHT - BOTTOM}"/><text x="${px(x(step))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${step.toLocaleString('en-US')}</text>`,
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 4}" text-anchor="middle">optimizer step</text>`,
    mark &&
      `<path class="mark" d="M${px(x(mark.step))} ${TOP}V${HEIGHT - BOTTOM}"/><text class="mark" x="${px(x(mark.step) + 4)}" y="${TOP + 12}">${mark.label}</text>`,
    ...lines.map((line) => `<path class="line ${classesOf(line)}" d="${pathOf(line.points, x, y)}"/>`),
    // A single step needs a point: it is not a line.
    ...lines.flatMap((line) =>
      line.points.length > 60
        ? []
        : line.points
            .filter(([, lr]) => Number.isFinite(lr))
            .map(
              ([step, lr]) =>
                `<circle class="${classesOf(line)}" cx="${px(x(step))}" cy="${px(y(lr))}" r="2.5"/>`,
            ),
    ),
    '</svg>',
  ]
    .filter(Boolean)
    .join('\n');
}

/** The number of colours; the seventh curve has the first colour again. */
export const HUES = 6;

/** The CSS classes of a line, in the plot and in the legend. */
export function classesOf({ kind, hue }: Pick<Line, 'kind' | 'hue'>): string {
  return hue % HUES === 0 ? kind : `${kind} hue-${hue % HUES}`;
}

function pathOf(points: Line['points'], x: (step: number) => number, y: (lr: number) => number): string {
  let pen = 'M';
  return points
    .map(([step, lr]) => {
      if (!Number.isFinite(lr)) {
        pen = 'M';
        return '';
      }
      const command = `${pen}${px(x(step))} ${px(y(lr))}`;
      pen = 'L';
      return command;
    })
    .join('');
}

/** Tick values from zero to at least the highest value, in steps of 1, 2, 2.5 or 5 times a power of ten. */
function ticksTo(highest: number): number[] {
  if (!(highest > 0)) return [0, 1];
  const rough = highest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.ceil(highest / step - 1e-9) + 1 }, (_, index) => index * step);
}

function stepTicks(first: number, last: number): number[] {
  const rough = (last - first) / 8;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const step = Math.max(1, ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power);
  const ticks: number[] = [];
  for (let at = Math.ceil(first / step) * step; at <= last; at += step) ticks.push(at);
  return ticks;
}

function px(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}

const min = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const max = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
