/**
 * `npm run corpus [-- words…]`: every case whose id contains one of the words; without words, all of them.
 *   --json     one document on stdout
 *   --jobs N   cases side by side (default 2)
 *   --fast     the subset of `npm test`
 *   --batch    each case as a batch job too, which must say the same
 *   --show     what each case with a problem printed
 */
import { parseArgs } from 'node:util';
import { type Case, isFailing, readCases } from './case.ts';
import { disagreements, play, type Result } from './play.ts';
import { missed, scores, table } from './score.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
    fast: { type: 'boolean', default: false },
    batch: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
  },
});
const say = (text: string) => void (values.json ? process.stderr : process.stdout).write(`${text}\n`);

const wanted = (test: Case) =>
  (!values.fast || test.fast) &&
  (positionals.length === 0 || positionals.some((word) => test.id.includes(word)));
const cases = readCases().filter(wanted);
if (cases.length === 0) throw new Error(`no case is called like ${positionals.join(' or ')}`);

const started = Date.now();
const waiting = [...cases];
const results: Result[] = [];
await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
results.sort((a, b) => a.id.localeCompare(b.id));

const rows = scores(results);
const total = rows.at(-1);
const misses = total ? missed(total) : [];
const seconds = (Date.now() - started) / 1000;
if (values.json)
  process.stdout.write(
    `${JSON.stringify({ seconds, scores: rows, missed: misses, results: results.map(({ verdict, ...result }) => result) }, null, 2)}\n`,
  );
say(`\n${table(rows)}\n`);
for (const { id, problems } of results) for (const problem of problems) say(`✘ ${id}: ${problem}`);
if (total) {
  say(
    `${total.caught} of ${total.failing} failing cases caught, ${total.earliest} at the earliest step, ${total.diagnosed} ` +
      `diagnosed rightly; ${total.falseAlarms} false alarms in ${total.healthy} healthy cases; ${seconds.toFixed(0)} s`,
  );
}
for (const miss of misses) say(`missed: ${miss}`);
process.exitCode = misses.length > 0 || results.some(({ problems }) => problems.length > 0) ? 1 : 0;

async function worker(): Promise<void> {
  for (let test = waiting.shift(); test; test = waiting.shift()) {
    const result = await play(test);
    if (values.batch) {
      const submitted = await play(test, 'batch');
      const differ = [...submitted.problems, ...disagreements(result, submitted)];
      result.problems.push(...differ.map((problem) => `as a batch job: ${problem}`));
      if (differ.length > 0) result.output = submitted.output ?? '';
    }
    results.push(result);
    say(line(test, result));
    if (values.show && result.output) say(result.output);
  }
}

function line(test: Case, { outcome, by, step, diagnosis, seconds, problems }: Result): string {
  const how = isFailing(test) && by ? `${outcome} by ${by} before step ${step}: ${diagnosis}` : outcome;
  const wrong = problems.length > 0 ? ` — ${problems.join('; ')}` : '';
  return `${problems.length > 0 ? '✘' : '✔'} ${test.id.padEnd(46)} ${seconds.toFixed(1).padStart(5)} s  ${how}${wrong}`;
}
