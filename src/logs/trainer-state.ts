import { z } from 'zod';
import type { LogFormat } from './log.ts';

const state = z.object({
  log_history: z.array(z.object({ step: z.int().nonnegative(), learning_rate: z.number().optional() })),
});

/** trainer_state.json of a checkpoint or an output folder: every logged rate with its step and all digits. */
export const trainerState: LogFormat = {
  name: "the Trainer's trainer_state.json",
  read(text) {
    // Most other logs do not start with a brace, and parsing a long one as JSON would be slow.
    if (!/^\s*\{/.test(text)) return [];
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch {
      return [];
    }
    const { data } = state.safeParse(document);
    return (data?.log_history ?? []).flatMap(({ step, learning_rate }) =>
      learning_rate === undefined ? [] : [{ done: step, lr: learning_rate, rounding: 0, line: null }],
    );
  },
};
