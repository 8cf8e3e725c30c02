/** One change of a JSON file; `value: undefined` removes the entry. */
export interface FileEdit {
  /** As the command names it. */
  file: string;
  path: readonly string[];
  value?: unknown;
}
