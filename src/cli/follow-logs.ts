import { setTimeout as sleep } from 'node:timers/promises';
import { readRecord } from '../run-folder/record.ts';
import { type LogChoice, type LogFile, LogReader, logFiles } from '../run-folder/run-logs.ts';
import { briefStatusOf, isOver } from '../run-folder/status.ts';

export interface FollowLogs {
  print(text: string): void;
  choice?: LogChoice;
  /** Every rank and launcher, each line with its place. */
  everything?: boolean;
  /** Skip what has been said before. */
  fromNow?: boolean;
  /** Asks whoever knows more than the folder. */
  refresh?: (() => Promise<unknown>) | undefined;
}

/** Files are looked at this often (milliseconds). */
const LOOK = 200;

/** Prints what is written into a run's logs until the run is over and everything has been read. */
export async function followLogs(path: string, options: FollowLogs): Promise<void> {
  const show = logPrinter(path, options);
  const refresh = options.refresh && seldom(options.refresh);
  if (options.fromNow) show.skip();
  for (let over = false; ; ) {
    show.print();
    if (over) return;
    await refresh?.();
    const { attended, batch, ...brief } = briefStatusOf(path);
    over = isOver(brief) || (attended === null && batch === null);
    if (!over) await sleep(LOOK);
  }
}

/** An engine that many ask is not asked more often than people look (milliseconds). */
const SELDOM = 3000;

function seldom(work: () => Promise<unknown>): () => Promise<void> {
  let last = 0;
  return async () => {
    if (Date.now() - last < SELDOM) return;
    last = Date.now();
    await work();
  };
}

/** Prints what there is, again and again; files that appear later are found. */
export function logPrinter(path: string, { print, choice, everything }: FollowLogs) {
  const wanted: LogChoice = choice ?? { launchers: everything === true, ranks: everything ? undefined : [0] };
  const readers = new Map<string, LogReader>();
  const many = everything || wanted.ranks?.length !== 1 || wanted.launchers;
  const label = ({ node, rank }: LogFile) => (many ? `[${node}:${rank ?? 'launcher'}] ` : '');
  const each = (take: (reader: LogReader) => void) => {
    for (const file of logFiles(path, readRecord(path).nodes, wanted)) {
      const reader = readers.get(file.path) ?? new LogReader(file);
      readers.set(file.path, reader);
      take(reader);
    }
  };
  return {
    skip: () => each((reader) => void reader.read()),
    print: () =>
      each((reader) => {
        for (const line of reader.read()) print(`${label(reader.file)}${line}`);
      }),
  };
}
