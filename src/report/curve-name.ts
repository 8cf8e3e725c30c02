/** One learning rate of a run: which optimizer, and which of its parameter groups. */
export interface CurveKey {
  optimizer: number;
  group: number;
}

/**
 * Names a curve among all curves of its run: "optimizer 2, group 1". The optimizer or the group is left out if there is only one, so the only curve of a
 * run has no name.
 */
export function curveName({ optimizer, group }: CurveKey, all: readonly CurveKey[]): string {
  const optimizers = new Set(all.map((key) => key.optimizer));
  const groups = all.filter((key) => key.optimizer === optimizer);
  return [
    ...(optimizers.size > 1 ? [`optimizer ${optimizer + 1}`] : []),
    ...(groups.length > 1 ? [`group ${group}`] : []),
  ].join(', ');
}
