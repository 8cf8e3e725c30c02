import type { Unread } from '../job/setting.ts';
import { wrap } from './text.ts';

/** Lists what affects the run and could not be read. */
export function formatUnread(unread: readonly Unread[], columns: number): string {
  return unread
    .flatMap(({ what, why }) => wrap(`${what}: ${why}`, columns, 'not read: ', 10))
    .map((line) => `${line}\n`)
    .join('');
}
