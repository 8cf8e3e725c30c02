import type { Defaults } from '../src/job/defaults.ts';
import type { Script } from '../src/job/job.ts';
import type { Given } from '../src/job/script-settings.ts';

/** A training program with a configuration language of its own, on top of transformers. */
export interface FrontEnd {
  name: string;
  /** Whether a script that another launcher starts is this program. */
  matches(script: Script, scriptText: string | undefined): boolean;
  /** The arguments that it is given, under TrainingArguments' names. */
  settings(args: readonly string[], cwd: string): Given;
  /** What it assumes where its configuration is silent. */
  defaults(given: Given, worldSize: number | undefined): Defaults;
}
