export type EndingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const SIGNALS: readonly EndingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Has `act` decide what a signal to this process means, until `over`. `again`: it is not the first one. */
export function onSignals(act: (signal: EndingSignal, again: boolean) => void, over: AbortSignal): void {
  let count = 0;
  for (const signal of SIGNALS) {
    const listener = () => act(signal, count++ > 0);
    process.on(signal, listener);
    over.addEventListener('abort', () => process.off(signal, listener), { once: true });
  }
}
