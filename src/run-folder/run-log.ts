import { join } from 'node:path';
import { type Logger, pino } from 'pino';

/** Opens a run's log, rampcheck.log, for appending. On a full disk only its lines are lost. */
export function openRunLog(path: string): Logger {
  const dest = join(path, 'rampcheck.log');
  const destination = pino.destination({ dest, sync: true, append: true, mode: 0o600 });
  destination.on('error', () => {});
  return pino({ level: 'debug' }, destination);
}
