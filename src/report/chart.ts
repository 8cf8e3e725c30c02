import { formatRate } from '../rate.ts';

/** A line of a chart: `values[i]` is the learning rate at `steps[i]`, or at step i. Gaps are null. */
export interface Series {
  label: string;
  values: readonly (number | null)[];
  /** Optimizer steps, ascending. */
  steps?: readonly number[];
}

export interface ChartOptions {
  /** The width of the chart in columns, including labels. */
  width: number;
  /** The height of the plot in lines, without axis and legend. */
  height: number;
  color: boolean;
  unicode: boolean;
}

/**
 * Learning rate over optimizer steps as a line chart for the terminal, never wider than `width`. Up to three
 * series, distinguishable without colour: solid, dashed, and single points. Values that are not finite leave a gap.
 */
export function chart(series: readonly Series[], { width, height, color, unicode }: ChartOptions): string {
  const lines = series
    .slice(0, styles.length)
    .map(({ label, values, steps }) => ({ label, points: pointsOf(values, steps) }));
  const all = lines.flatMap(({ points }) => extent(points));
  const ticks = yTicks(all.map(({ lr }) => lr));
  const labels = ticks.map(({ label }) => label);
  const gutter = Math.max(...labels.map((label) => label.length)) + 1;
  const columns = Math.max(1, Math.floor(width) - gutter - 1);
  const rows = Math.max(2, Math.floor(height));
  const first = least(all.map(({ step }) => step));
  const last = Math.max(first + 1, greatest(all.map(({ step }) => step)));
  const [bottom, top] = [ticks[0]?.lr ?? 0, ticks.at(-1)?.lr ?? 1];

  const canvas = newCanvas(columns, rows, unicode);
  const [pixelColumns, pixelRows] = [columns * canvas.across, rows * canvas.down];
  const xOf = (step: number) => Math.round(((step - first) / (last - first)) * (pixelColumns - 1));
  const yOf = (lr: number) => Math.round((1 - (lr - bottom) / (top - bottom)) * (pixelRows - 1));
  lines.forEach(({ points }, index) => {
    const style = styles[index];
    if (style) draw(canvas, index, style, points, xOf, yOf);
  });

  const axis = unicode
    ? { side: '┤', line: '│', corner: '└', floor: '─', tick: '┬' }
    : { side: '+', line: '|', corner: '+', floor: '-', tick: '+' };
  const labelRows = new Map(ticks.map(({ lr, label }) => [Math.floor(yOf(lr) / canvas.down), label]));
  const plot = canvas.render(color).map((line, row) => {
    const label = labelRows.get(row);
    return `${(label ?? '').padStart(gutter)}${label === undefined ? axis.line : axis.side}${line}`;
  });
  const stepTicks = xTicks(first, last, columns);
  const at = (step: number) => Math.floor(xOf(step) / canvas.across);
  const text = [
    ...plot,
    `${' '.repeat(gutter)}${axis.corner}${floorLine(stepTicks.map(at), columns, axis)}`,
    `${' '.repeat(gutter + 1)}${tickLabels(stepTicks, at, columns)}`,
    ...legend(
      lines.map(({ label }) => label),
      { width, color, unicode },
    ),
  ];
  return `${text.map((line) => line.trimEnd()).join('\n')}\n`;
}

interface Point {
  step: number;
  lr: number;
}

interface Style {
  ascii: string;
  /** SGR colour. */
  color: number;
  /** How many of every `of` pixels are drawn; undefined draws single marks. */
  dash?: { on: number; of: number };
  mark?: string;
}

const styles: readonly Style[] = [
  { ascii: '*', color: 36, dash: { on: 1, of: 1 } },
  { ascii: '-', color: 33, dash: { on: 3, of: 7 } },
  { ascii: 'o', color: 32, mark: '●' },
];

function pointsOf(values: readonly (number | null)[], steps?: readonly number[]): (Point | null)[] {
  return values.map((lr, i) => {
    const step = steps ? steps[i] : i;
    return lr === null || step === undefined || !Number.isFinite(lr) || !Number.isFinite(step)
      ? null
      : { step, lr };
  });
}

/** The extremes of a series: enough to scale the axes, however long the series is. */
function extent(points: readonly (Point | null)[]): Point[] {
  let box: { left: number; right: number; low: number; high: number } | undefined;
  for (const point of points) {
    if (!point) continue;
    const { step, lr } = point;
    box ??= { left: step, right: step, low: lr, high: lr };
    if (step < box.left) box.left = step;
    if (step > box.right) box.right = step;
    if (lr < box.low) box.low = lr;
    if (lr > box.high) box.high = lr;
  }
  if (!box) return [];
  return [
    { step: box.left, lr: box.low },
    { step: box.right, lr: box.high },
  ];
}

/** Tick values from 0 (or the smallest value) to the largest. */
function yTicks(lrs: readonly number[]): { lr: number; label: string }[] {
  const [bottom, highest] = [Math.min(0, ...lrs), Math.max(0, ...lrs)];
  const top = highest > bottom ? highest : bottom + 1;
  return [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const lr = bottom + (top - bottom) * share;
    return { lr, label: formatRate(lr) };
  });
}

/** Round step numbers, few enough that their labels do not overlap, including the first step. */
function xTicks(first: number, last: number, columns: number): number[] {
  const wanted = Math.max(1, Math.floor(columns / (String(last).length + 6)));
  const raw = (last - first) / wanted;
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(1, raw)));
  const step = ([1, 2, 5, 10].find((factor) => factor * magnitude >= raw) ?? 10) * magnitude;
  const ticks: number[] = [];
  for (let at = Math.ceil(first / step) * step; at <= last; at += step) ticks.push(at);
  return ticks;
}

function floorLine(
  ticks: readonly number[],
  columns: number,
  { floor, tick }: { floor: string; tick: string },
): string {
  const marked = new Set(ticks);
  return Array.from({ length: columns }, (_, column) => (marked.has(column) ? tick : floor)).join('');
}

/** Step numbers under their ticks, and the unit at the right end if the chart is wide enough. */
function tickLabels(ticks: readonly number[], at: (step: number) => number, columns: number): string {
  const unit = columns >= 40 ? 'optimizer steps' : '';
  const room = columns - (unit ? unit.length + 1 : 0);
  let line = '';
  for (const step of ticks) {
    const label = String(step);
    const start = Math.max(0, Math.min(at(step) - Math.floor(label.length / 2), columns - label.length));
    if (start >= line.length + (line ? 1 : 0) && start + label.length <= room)
      line = line.padEnd(start) + label;
  }
  return line.padEnd(columns - unit.length) + unit;
}

function legend(
  labels: readonly string[],
  { width, color, unicode }: Omit<ChartOptions, 'height'>,
): string[] {
  const samples = unicode ? ['⠤⠤⠤', '⠤⠀⠤', ' ● '] : ['***', '- -', ' o '];
  const entries = labels.map((label, i) => ({ sample: samples[i] ?? '', label, style: styles[i] }));
  const lines: string[] = [];
  let [line, length] = ['', 0];
  for (const { sample, label, style } of entries) {
    const text = `${sample} ${label}`.slice(0, Math.max(1, width));
    const painted = color && style ? text.replace(sample, `\u001b[${style.color}m${sample}\u001b[0m`) : text;
    if (length > 0 && length + 3 + text.length > width) {
      lines.push(line);
      [line, length] = ['', 0];
    }
    [line, length] =
      length === 0 ? [painted, text.length] : [`${line}   ${painted}`, length + 3 + text.length];
  }
  return line ? [...lines, line] : lines;
}

interface Canvas {
  /** Pixels per character. */
  across: number;
  down: number;
  set(x: number, y: number, layer: number): void;
  render(color: boolean): string[];
}

/** The bits of the pixels in a braille character, by row and column. */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

function newCanvas(columns: number, rows: number, unicode: boolean): Canvas {
  const [across, down] = unicode ? [2, 4] : [1, 2];
  const cells = Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => ({ bits: 0, layer: -1 })),
  );
  const set = (x: number, y: number, layer: number) => {
    const cell = cells[Math.floor(y / down)]?.[Math.floor(x / across)];
    if (!cell) return;
    cell.bits |= dots[y % down]?.[(x % across) as 0 | 1] ?? 0;
    // The first line stays visible under later ones; single points are drawn on top of both.
    if (cell.layer < 0 || styles[layer]?.mark) cell.layer = layer;
  };
  const character = ({ bits, layer }: { bits: number; layer: number }): string => {
    const style = styles[layer];
    if (!style) return ' ';
    return unicode ? (style.mark ?? String.fromCodePoint(0x2800 + bits)) : style.ascii;
  };
  const render = (color: boolean) =>
    cells.map((row) =>
      row
        .map((cell) => {
          const style = styles[cell.layer];
          return color && style ? `\u001b[${style.color}m${character(cell)}\u001b[0m` : character(cell);
        })
        .join(''),
    );
  return { across, down, set, render };
}

/** Draws a series: connected if it is a line, else one mark per point. */
function draw(
  canvas: Canvas,
  layer: number,
  { dash }: Style,
  points: readonly (Point | null)[],
  xOf: (step: number) => number,
  yOf: (lr: number) => number,
): void {
  let previous: { x: number; y: number } | undefined;
  for (const point of points) {
    const pixel = point ? { x: xOf(point.step), y: yOf(point.lr) } : undefined;
    if (pixel && !dash) canvas.set(pixel.x, pixel.y, layer);
    if (pixel && dash) {
      const from = previous ?? pixel;
      if (from.x !== pixel.x || from.y !== pixel.y || !previous) stroke(canvas, layer, dash, from, pixel);
    }
    previous = pixel;
  }
}

function stroke(
  canvas: Canvas,
  layer: number,
  dash: { on: number; of: number },
  from: { x: number; y: number },
  to: { x: number; y: number },
): void {
  const length = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y), 1);
  for (let i = 0; i <= length; i++) {
    const x = Math.round(from.x + ((to.x - from.x) * i) / length);
    const y = Math.round(from.y + ((to.y - from.y) * i) / length);
    // Dashes depend on the column, not on the drawn length, so the strokes of a long curve stay regular.
    if ((x + y) % dash.of < dash.on) canvas.set(x, y, layer);
  }
}

function least(values: readonly number[]): number {
  return values.length ? Math.min(...values) : 0;
}

function greatest(values: readonly number[]): number {
  return values.length ? Math.max(...values) : 1;
}
