import type { Context } from '../../cli/command.ts';
import type { RunDirectory } from '../../run/directory.ts';
import type { Verdict } from '../../run/verdict.ts';
import { EVENT, VERDICT } from './verdict.ts';

/** What the first node says: its lines for the terminal and the run's folder, its events and verdict for us. */
export function readFirstNode(
  directory: RunDirectory,
  { stdout, stderr }: Context,
  options: Record<string, unknown>,
  redact: (text: string) => string,
) {
  let verdict: Verdict | undefined;
  let events: string[] = [];
  let current = '';
  const stream = options.json === true ? stderr : stdout;
  return {
    line(pod: string, text: string) {
      // Another attempt begins anew.
      if (pod !== current) [current, events, verdict] = [pod, [], undefined];
      if (text.startsWith(VERDICT)) verdict = JSON.parse(text.slice(VERDICT.length)) as Verdict;
      else if (text.startsWith(EVENT)) events.push(text.slice(EVENT.length));
      else {
        directory.append(`logs/${pod}.log`, text);
        if (options.quiet !== true) stream.write(`${redact(text)}\n`);
      }
    },
    notice(text: string) {
      if (options.quiet !== true) stderr.write(`${text}\n`);
    },
    /** The last attempt's verdict; what it came from is then in the run's folder. */
    said() {
      if (events.length > 0) directory.append('events.jsonl', events.join('\n'));
      return verdict;
    },
  };
}
