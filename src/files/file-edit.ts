/** One change of a JSON file; `value: undefined` removes the entry. */
export interface FileEdit {
  /** The path as it is written in the command. */
  file: string;
  path: readonly string[];
  value?: unknown;
}
