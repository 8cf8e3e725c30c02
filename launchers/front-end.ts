import type { Defaults } from '../src/job/defaults.ts';
import type { Script } from '../src/job/job.ts';
import type { Given } from '../src/job/script-settings.ts';

/** A training program with its own configuration format, based on transformers. */
export interface FrontEnd {
  name: string;
  /** Returns whether a script that another launcher starts is this program. */
  matches(script: Script, scriptText: string | undefined): boolean;
  /** Its arguments, under the names of TrainingArguments. */
  settings(args: readonly string[], cwd: string): Given;
  /** Its defaults for what its configuration does not state. */
  defaults(given: Given, worldSize: number | undefined): Defaults;
}
