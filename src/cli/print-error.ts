import { formatLocation, RampcheckError } from '../errors.ts';

/** An error for people: what failed, where, what to do. Without a code it is our bug, and the stack is shown. */
export function formatError(error: unknown): string {
  if (!(error instanceof RampcheckError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `rampcheck: this is a bug in rampcheck, not in your command\n${stack}\n`;
  }
  const place = error.location ? `  at ${formatLocation(error.location)}\n` : '';
  const hint = error.hint ? `  ${error.hint}\n` : '';
  return `rampcheck: ${error.message} [${error.code}]\n${place}${hint}`;
}

/** The same as one JSON document. */
export function errorDocument(error: unknown): unknown {
  if (!(error instanceof RampcheckError)) {
    return { error: { code: 'internal', message: error instanceof Error ? error.message : String(error) } };
  }
  const { code, message, hint, location } = error;
  return { error: { code, message, location, hint } };
}
