import type { OptionTable, Values } from '../command/option.ts';
import type { Executor } from './executor.ts';

/** The description of an executor; its implementation is imported when it is used. */
export interface ExecutorDefinition<Options = never> {
  /** Its name for `--on`. */
  name: string;
  /** How a plan describes its nodes: "reached over ssh". */
  words: string;
  /** `here`: this machine simulates all nodes, which share its files, ports and environment. `remote`: the nodes are other machines. */
  reach: 'here' | 'remote';
  /** Returns whether it takes these nodes without `--on`; the first executor of the table that returns true gets them. */
  owns(names: readonly string[]): boolean;
  /** Options of `launch` and `doctor` that only it understands; run files may set them too. */
  options: OptionTable;
  make(options: Options): Promise<Executor>;
}

/** An executor with the values of its options. */
export function defineExecutor<Table extends OptionTable>(
  definition: ExecutorDefinition<Values<Table>> & { options: Table },
): ExecutorDefinition {
  return definition;
}
