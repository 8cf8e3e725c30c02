/** Significant digits of a learning rate that is read by people. */
const DIGITS = 3;
/** With this many digits a number may still read as its neighbour; the shortest exact form does not. */
const MOST_DIGITS = 16;

/** A learning rate as people write it: `1.67e-4`, `1e-5`, `0`. The exact value is in the run's files. */
export function formatRate(lr: number): string {
  return withDigits(lr, DIGITS);
}

/** Two learning rates side by side, with as many digits as it takes to tell them apart: `1e-5` and `1.0001e-5`. */
export function formatRates(one: number, other: number): [string, string] {
  for (let digits = DIGITS; digits < MOST_DIGITS; digits++) {
    const texts: [string, string] = [withDigits(one, digits), withDigits(other, digits)];
    if (one === other || texts[0] !== texts[1]) return texts;
  }
  return [exactRate(one), exactRate(other)];
}

/** A learning rate with every digit that it has, for what is copied into a command or a config: `1.2345e-5`. */
export function exactRate(lr: number): string {
  if (lr === 0 || !Number.isFinite(lr)) return formatRate(lr);
  return lr.toExponential().replace('+', '');
}

function withDigits(lr: number, digits: number): string {
  if (!Number.isFinite(lr)) return String(lr);
  if (lr === 0) return '0';
  const [mantissa = '', exponent = ''] = lr.toExponential(digits - 1).split('e');
  return `${mantissa.replace(/\.?0+$/, '')}e${exponent.replace('+', '')}`;
}
