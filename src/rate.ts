/** A learning rate as people write it: 1e-5, 3.33333e-6, 0. The exact value is in the run's files. */
export function formatRate(lr: number): string {
  if (lr === 0 || !Number.isFinite(lr)) return String(lr);
  const [mantissa = '', exponent = ''] = lr.toExponential(5).split('e');
  return `${mantissa.replace(/\.?0+$/, '')}e${exponent.replace('+', '')}`;
}
