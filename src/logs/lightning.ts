import type { LogFormat } from './log.ts';

/**
 * metrics.csv of Lightning's CSVLogger with a LearningRateMonitor: a column `lr-AdamW` beside `step` (Lightning 2.6.6,
 * callbacks/lr_monitor.py). The first such column is read; its cells are empty in rows of other metrics.
 */
export const lightningMetrics: LogFormat = {
  name: "Lightning's metrics.csv",
  read(text) {
    const [head = '', ...rows] = text.split(/\r?\n/);
    const names = head.split(',');
    const [step, rate] = [names.indexOf('step'), names.findIndex((name) => /^lr-[\w/-]+$/.test(name))];
    if (step < 0 || rate < 0) return [];
    return rows.flatMap((row, index) => {
      const cells = row.split(',');
      const [done, lr] = [cells[step], cells[rate]];
      if (!done || !lr || Number.isNaN(Number(lr))) return [];
      return [{ done: Number(done), lr: Number(lr), rounding: 0, line: index + 2 }];
    });
  },
};
