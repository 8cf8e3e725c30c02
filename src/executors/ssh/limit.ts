/** sshd allows ten sessions per connection and frees them late: one long session for the agent, and a few short ones. */
export const SHORT_SESSIONS = 4;

/** Runs at most `most` tasks of a kind at the same time, in the order of requests. */
export function makeLimit(most: number): <T>(kind: string, work: () => Promise<T>) => Promise<T> {
  const running = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();
  return async (kind, work) => {
    if ((running.get(kind) ?? 0) >= most) {
      await new Promise<void>((go) => waiting.set(kind, [...(waiting.get(kind) ?? []), go]));
    } else running.set(kind, (running.get(kind) ?? 0) + 1);
    try {
      return await work();
    } finally {
      // The next waiting task takes over the slot.
      const next = waiting.get(kind)?.shift();
      if (next) next();
      else running.set(kind, (running.get(kind) ?? 1) - 1);
    }
  };
}
