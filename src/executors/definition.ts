import type { OptionTable, Values } from '../command/option.ts';
import type { Executor } from './executor.ts';

/** An executor as data; its work is imported when it is used. */
export interface ExecutorDefinition<Options = never> {
  /** What `--on` calls it. */
  name: string;
  /** How its nodes are reached, in a plan: "reached over ssh". */
  words: string;
  /** `here`: this machine plays all nodes, so that its files, its ports and its environment are theirs. `remote`: they have names. */
  reach: 'here' | 'remote';
  /** Whether these nodes are its own where nobody says `--on`; the first executor of the table that says so gets them. */
  owns(names: readonly string[]): boolean;
  /** Options of `launch` and `doctor` that it alone understands; they stand in run files too. */
  options: OptionTable;
  make(options: Options): Promise<Executor>;
}

/** An executor with what its options hold. */
export function defineExecutor<Table extends OptionTable>(
  definition: ExecutorDefinition<Values<Table>> & { options: Table },
): ExecutorDefinition {
  return definition;
}
