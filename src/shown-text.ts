/** A terminal's control strings (OSC, DCS, SOS, PM, APC): to the bell, to their own end, or to the next escape. */
const STRING = String.raw`(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?`;
/** Control sequences (CSI), and all other escapes. */
const SEQUENCE = String.raw`(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?`;
/** Single control characters but for tab, line feed and carriage return. */
const CHARACTER = String.raw`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]`;
const CONTROL = new RegExp([STRING, SEQUENCE, CHARACTER].join('|'), 'g');
/** Colours, and moving within or erasing a line: what progress bars are made of. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what is looked for
const HARMLESS = /^\x1b\[[\d;]*[mABCDGK]$/;

/**
 * A text that a run, a node or a file has given us, as a terminal may show it: without what speaks to the terminal itself (sets its
 * title or clipboard, asks it for answers, changes its modes).
 */
export function shownText(text: string): string {
  return text.replace(CONTROL, (sequence) => (HARMLESS.test(sequence) ? sequence : ''));
}
