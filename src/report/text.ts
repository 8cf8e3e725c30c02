/** Colours for a terminal; without one, the text is unchanged. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

export function makePaint(color: boolean): Paint {
  const code = (open: number, close: number) => (text: string) =>
    color ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  return {
    bold: code(1, 22),
    dim: code(2, 22),
    red: code(31, 39),
    green: code(32, 39),
    yellow: code(33, 39),
  };
}

/** Six colours that are distinguishable on dark and light backgrounds, without the red of errors; the seventh node has the first colour again. */
const NODE_COLORS = [36, 32, 33, 35, 34, 96] as const;

/** Colours a prefix by its node; undefined without a terminal. */
export function makeNodePaint(color: boolean): ((index: number, text: string) => string) | undefined {
  return color
    ? (index, text) => `\x1b[${NODE_COLORS[index % NODE_COLORS.length]}m${text}\x1b[39m`
    : undefined;
}

/**
 * Wraps `text` to at most `columns` columns. The first line starts with `first`, the others are indented. A word longer than a line
 * (a path, a command) is not split. `width` is the visible width of `first` if it contains colour codes.
 */
export function wrap(
  text: string,
  columns: number,
  first: string,
  indent: number,
  width = first.length,
): string[] {
  const lines: string[] = [];
  let line = first;
  let used = width;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && used + 1 + word.length > columns) {
      lines.push(line);
      line = ' '.repeat(indent);
      used = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    used += word.length + (empty ? 0 : 1);
    empty = false;
  }
  return [...lines, line];
}
