import { formatLocation, RampcheckError } from '../errors.ts';
import { wrap } from '../report/text.ts';

/**
 * An error for people: what failed, where, what to do. Without a code it is our bug, and the stack is shown. In a terminal it is
 * wrapped at `columns`; elsewhere a message stays one line, for those who search for it.
 */
export function formatError(error: unknown, columns = Number.POSITIVE_INFINITY): string {
  if (!(error instanceof RampcheckError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `rampcheck: this is a bug in rampcheck, not in your command\n${stack}\n`;
  }
  const place = error.location ? `  at ${formatLocation(error.location)}\n` : '';
  const [message, ...hint] = [`${error.message} [${error.code}]`, ...(error.hint?.split('\n') ?? [])];
  // A further line of a hint is a command or an excerpt: it stays as it is.
  const lines = [
    ...wrap(message ?? '', columns, 'rampcheck: ', 2),
    ...(place ? [place.trimEnd()] : []),
    ...hint.flatMap((line, at) => (at === 0 ? wrap(line, columns, '  ', 2) : [line])),
  ];
  return `${lines.join('\n')}\n`;
}

/** The same as one JSON document. */
export function errorDocument(error: unknown): object {
  if (!(error instanceof RampcheckError)) {
    return { error: { code: 'internal', message: error instanceof Error ? error.message : String(error) } };
  }
  const { code, message, hint, location } = error;
  return { error: { code, message, location, hint } };
}
