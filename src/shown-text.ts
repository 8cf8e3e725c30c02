/** Control strings of terminals (OSC, DCS, SOS, PM, APC), up to the bell, their terminator, or the next escape. */
const STRING = String.raw`(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?`;
/** Control sequences (CSI), and all other escapes. */
const SEQUENCE = String.raw`(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?`;
/** Single control characters except tab, line feed and carriage return. */
const CHARACTER = String.raw`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]`;
const CONTROL = new RegExp([STRING, SEQUENCE, CHARACTER].join('|'), 'g');
/** Colours, cursor movement within a line and line erasure, as progress bars use them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches the escape character
const HARMLESS = /^\x1b\[[\d;]*[mABCDGK]$/;

/**
 * Makes a text from a run, a node or a file safe for a terminal: removes sequences that control the terminal itself (set its
 * title or clipboard, request answers, change its modes).
 */
export function shownText(text: string): string {
  return text.replace(CONTROL, (sequence) => (HARMLESS.test(sequence) ? sequence : ''));
}
