import { shownText } from '../shown-text.ts';

/** Prints one line of the training's output. */
export type PrintLine = (text: string) => void;

// tqdm's own format, `12%|█▏  | 3/25 [00:01<00:09, 2.3it/s]`, also after a description and with an unknown total.
/** A progress bar is as wide as a terminal; a longer line is none, and is not searched. */
const LONGEST_BAR = 1000;
const PROGRESS = /(^|^\[[^\]]+\] |: ?)\s*\d+%\|.*\|\s*\d+\/\d+ \[|^\S*\s?\d+it \[/;
/** Without a terminal, a progress bar is printed at most this often (milliseconds). */
const PROGRESS_EVERY = 30_000;

/**
 * Prints the training's lines as its own terminal would show them. A progress bar, which arrives as a new line for each of its
 * states, stays on one line of a terminal and is thinned out elsewhere. All other lines are printed unchanged.
 */
export function makePrinter(
  write: (text: string) => void,
  live: boolean,
  now: () => number = Date.now,
): PrintLine {
  let open = false;
  let shown = Number.NEGATIVE_INFINITY;
  return (line) => {
    const text = shownText(line);
    // tqdm clears its line with blanks before something else is printed.
    if (text.trim() === '') return;
    const progress = text.length <= LONGEST_BAR && PROGRESS.test(text);
    if (progress && live) {
      write(`\r\x1b[2K${text}`);
      open = true;
      return;
    }
    if (progress) {
      const finished = /100%\|/.test(text);
      if (!finished && now() - shown < PROGRESS_EVERY) return;
      shown = now();
    }
    write(open ? `\n${text}\n` : `${text}\n`);
    open = false;
  };
}
