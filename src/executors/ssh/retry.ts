import { setTimeout as sleep } from 'node:timers/promises';
import { RampcheckError } from '../../errors.ts';

/** sshd drops connections when too many arrive at once (MaxStartups). A retry helps then, but not for a refused key. */
const PASSES =
  /ECONNRESET|EPIPE|lost before handshake|kex_exchange_identification|Connection (closed|reset) by/i;
const TRIES = 5;
const FIRST_WAIT = 200;

/** Connects, and retries after growing, randomised delays if sshd was only too busy. */
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
