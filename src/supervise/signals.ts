export type EndingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const SIGNALS: readonly EndingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Passes signals to this process on to `act`, until `over`. `again`: it is not the first signal. */
export function onSignals(act: (signal: EndingSignal, again: boolean) => void, over: AbortSignal): void {
  let count = 0;
  for (const signal of SIGNALS) {
    const listener = () => act(signal, count++ > 0);
    process.on(signal, listener);
    over.addEventListener('abort', () => process.off(signal, listener), { once: true });
  }
}
