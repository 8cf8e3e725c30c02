import { formatLocation, RampcheckError } from '../errors.ts';
import { wrap } from '../report/text.ts';

/**
 * Formats an error: what failed, where, and what to do. An error without a code is our bug and is shown with its stack. In a terminal it is
 * wrapped at `columns`; elsewhere a message stays on one line, so that it can be searched for.
 */
export function formatError(error: unknown, columns = Number.POSITIVE_INFINITY): string {
  if (!(error instanceof RampcheckError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `rampcheck: this is a bug in rampcheck, not in your command\n${stack}\n`;
  }
  const place = error.location ? `  at ${formatLocation(error.location)}\n` : '';
  const [message, ...hint] = [`${error.message} [${error.code}]`, ...(error.hint?.split('\n') ?? [])];
  // Further lines of a hint are commands or excerpts and are not wrapped.
  const lines = [
    ...wrap(message ?? '', columns, 'rampcheck: ', 2),
    ...(place ? [place.trimEnd()] : []),
    ...hint.flatMap((line, at) => (at === 0 ? wrap(line, columns, '  ', 2) : [line])),
  ];
  return `${lines.join('\n')}\n`;
}

/** The error as one JSON document. */
export function errorDocument(error: unknown): object {
  if (!(error instanceof RampcheckError)) {
    return { error: { code: 'internal', message: error instanceof Error ? error.message : String(error) } };
  }
  const { code, message, hint, location } = error;
  return { error: { code, message, location, hint } };
}
