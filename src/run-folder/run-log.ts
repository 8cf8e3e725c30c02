import { join } from 'node:path';
import { type Logger, pino } from 'pino';

/** Opens a run's own log, rampcheck.log, at its end. Lines that a full disk does not take are lost, and nothing else is. */
export function openRunLog(path: string): Logger {
  const dest = join(path, 'rampcheck.log');
  const destination = pino.destination({ dest, sync: true, append: true, mode: 0o600 });
  destination.on('error', () => {});
  return pino({ level: 'debug' }, destination);
}
