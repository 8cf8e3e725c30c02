import { setTimeout as sleep } from 'node:timers/promises';
import { RampcheckError } from '../../errors.ts';

/** sshd turns connections away when too many arrive at once (MaxStartups). That passes; a refused key does not. */
const PASSES =
  /ECONNRESET|EPIPE|lost before handshake|kex_exchange_identification|Connection (closed|reset) by/i;
const TRIES = 5;
const FIRST_WAIT = 200;

/** Connects, and tries again after a growing time with a random share when sshd was only too busy. */
export async function retrying<T>(connect: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await connect();
    } catch (error) {
      const said = error instanceof RampcheckError ? error.message : String(error);
      if (tried === TRIES || !PASSES.test(said)) throw error;
      await sleep(FIRST_WAIT * 2 ** (tried - 1) * (0.5 + Math.random()));
    }
  }
}
