import { refusal } from './refusal.ts';

/** A point or span of time in batches, samples or tokens: the units of composer's schedules. */
export interface Time {
  value: number;
  unit: 'ba' | 'sp' | 'tok';
}

/** How long a run is, as composer's State knows it. */
export interface Run {
  max_duration: string;
  dataloader_len?: number | null | undefined;
  /** Samples and tokens per batch, for the timestamp. */
  batch_size?: number | undefined;
  tokens_per_batch?: number | undefined;
}

/** Parses composer's time strings: "10ba", "2ep", "0.1dur", "1000tok", "3e4sp" (composer/core/time.py). */
export function parseTime(name: string, text: string): { value: number; unit: string } {
  const match = /^(.+?)(ba|ep|dur|sp|tok|iter|sec)$/i.exec(text.trim());
  const value = Number(match?.[1] ?? Number.NaN);
  const unit = match?.[2]?.toLowerCase() ?? '';
  if (!match || !Number.isFinite(value))
    throw refusal(name, `Invalid time string: ${text}`, 'write it like 10ba, 2ep or 0.1dur');
  if (unit === 'sec') throw refusal(name, 'Wall clock time not an allowed time unit.');
  if (unit === 'iter') throw refusal(name, 'iterations are not known before the run: give batches');
  if (unit !== 'dur' && !Number.isInteger(value)) {
    throw refusal(name, `value ${value} is not an integer. Units ${unit} require integer values.`);
  }
  return { value, unit };
}

/** A time in its counting unit: epochs and shares become whole batches, rounded down (`_convert_time`). */
export function convertTime(name: string, text: string, run: Run, ssr: number): Time {
  const time = parseTime(name, text);
  const max = parseTime(name, run.max_duration);
  const batches = () => {
    if (run.dataloader_len != null) return Math.trunc(run.dataloader_len);
    throw refusal(
      name,
      'Cannot convert time, as state.dataloader_len is None.',
      'give dataloader_len, the batches per epoch',
    );
  };
  if (time.unit === 'dur') {
    if (max.unit === 'ep') return { value: Math.trunc(time.value * batches() * max.value), unit: 'ba' };
    return { value: Math.trunc(time.value * max.value), unit: max.unit as Time['unit'] };
  }
  if (time.unit === 'ep') return { value: Math.trunc(time.value * batches() * ssr), unit: 'ba' };
  return { value: Math.trunc(time.value * ssr), unit: time.unit as Time['unit'] };
}

/** The length of the run in a unit; undefined if it cannot be expressed in it. */
export function durationIn(name: string, unit: Time['unit'], run: Run): number | undefined {
  const max = parseTime(name, run.max_duration);
  if (max.unit === unit) return max.value;
  if (max.unit === 'ep' && unit === 'ba' && run.dataloader_len != null)
    return max.value * Math.trunc(run.dataloader_len);
  return undefined;
}

/** The timestamp after a number of batches, in a unit. */
export function timestamp(name: string, unit: Time['unit'], run: Run): (batches: number) => number {
  if (unit === 'ba') return (batches) => batches;
  const each = unit === 'sp' ? run.batch_size : run.tokens_per_batch;
  if (each === undefined) {
    throw refusal(name, `a schedule in ${unit} needs ${unit === 'sp' ? 'batch_size' : 'tokens_per_batch'}`);
  }
  return (batches) => batches * each;
}
