import { setTimeout as sleep } from 'node:timers/promises';
import { readRecord } from '../run-folder/record.ts';
import { type LogChoice, type LogFile, LogReader, logFiles } from '../run-folder/run-logs.ts';
import { briefStatusOf, isOver } from '../run-folder/status.ts';

export interface FollowLogs {
  print(text: string): void;
  choice?: LogChoice;
  /** All ranks and launchers, each line with its node and rank. */
  everything?: boolean;
  /** Skip earlier output. */
  fromNow?: boolean;
  /** Asks the engine, which knows more than the folder. */
  refresh?: (() => Promise<unknown>) | undefined;
}

/** How often the files are read (milliseconds). */
const LOOK = 200;

/** Prints new output in a run's logs until the run is over and everything has been read. */
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

/** How often a batch engine is asked: it may serve many users (milliseconds). */
const SELDOM = 3000;

function seldom(work: () => Promise<unknown>): () => Promise<void> {
  let last = 0;
  return async () => {
    if (Date.now() - last < SELDOM) return;
    last = Date.now();
    await work();
  };
}

/** Prints new output repeatedly, including that of files that appear later. */
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
