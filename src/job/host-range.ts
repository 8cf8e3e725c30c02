/** No cluster has more hosts: a larger range is a typing error. */
const MOST_HOSTS = 65_536;

/**
 * Expands a Slurm or ClusterShell host list to its names, in order: `node[01-08]`, `rack[1-2]n[1,3-5]`, `n[0-8/2],login`.
 * Padding is kept.
 *
 * @throws Error with what is wrong, as a sentence without its subject.
 */
export function expandHosts(text: string): string[] {
  return splitOutside(text).flatMap((part) => expandOne(part.trim()));
}

/** Names that differ only in their last number; a name without a number stands alone. */
interface Group {
  before: string;
  after: string;
  /** Digits to pad to; 0: no padding. */
  width: number;
  numbers: number[];
}

/** The shortest host list for these names, in their order: neighbours with ascending numbers become a range. */
export function foldHosts(names: readonly string[]): string {
  const groups: Group[] = [];
  for (const name of names) {
    const [, before = '', digits, after = ''] = /^(.*?)(\d+)(\D*)$/.exec(name) ?? [];
    if (digits === undefined) {
      groups.push({ before: name, after: '', width: 0, numbers: [] });
      continue;
    }
    // 09 and 10 have the same width. Without a leading zero each number has its own width.
    const width = digits.length > 1 && digits.startsWith('0') ? digits.length : 0;
    const last = groups.at(-1);
    const same = last?.before === before && last.after === after && last.numbers.length > 0;
    const fits = same && (last.width === width || (width === 0 && digits.length === last.width));
    if (fits) last.numbers.push(Number(digits));
    else groups.push({ before, after, width, numbers: [Number(digits)] });
  }
  return groups.map(foldGroup).join(',');
}

function foldGroup({ before, after, width, numbers }: Group): string {
  if (numbers.length === 0) return before;
  const padded = (number: number) => String(number).padStart(width, '0');
  if (numbers.length === 1) return `${before}${padded(numbers[0] ?? 0)}${after}`;
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  const list = runs.map(([from, to]) => (from === to ? padded(from) : `${padded(from)}-${padded(to)}`));
  return `${before}[${list.join(',')}]${after}`;
}

/** Splits at commas outside brackets. */
function splitOutside(text: string): string[] {
  return text.match(/(?:\[[^\]]*\]|[^,])+/g) ?? [];
}

function expandOne(text: string): string[] {
  const [, before = '', list, after = ''] = /^([^[\]]*)\[([^[\]]*)\](.*)$/.exec(text) ?? [];
  if (list === undefined) {
    if (/[[\]]/.test(text)) throw new Error(`has an unbalanced bracket in '${text}'`);
    return [text];
  }
  const rests = expandOne(after);
  const numbers = list.split(',').flatMap(expandNumbers);
  if (numbers.length * rests.length > MOST_HOSTS) throw new Error(`expands to more than ${MOST_HOSTS} hosts`);
  return numbers.flatMap((number) => rests.map((rest) => `${before}${number}${rest}`));
}

/** `3`, `01-08`, `0-8/2`. */
function expandNumbers(text: string): string[] {
  const [, from = '', to = from, step = '1'] = /^(\d+)(?:-(\d+)(?:\/(\d+))?)?$/.exec(text.trim()) ?? [];
  if (from === '') throw new Error(`has '${text}' where a number or a range is expected`);
  const [first, last, by] = [Number(from), Number(to), Number(step)];
  if (last < first || by < 1) throw new Error(`has the range '${text}', which goes backwards`);
  if ((last - first) / by > MOST_HOSTS) throw new Error(`expands to more than ${MOST_HOSTS} hosts`);
  const width = from.startsWith('0') || from.length === to.length ? from.length : 0;
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, i) =>
    String(first + i * by).padStart(width, '0'),
  );
}
