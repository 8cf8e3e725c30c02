/** Runs a function after some milliseconds, unless `over` is aborted first. Returns a function that cancels it. */
export function later(milliseconds: number, work: () => void, over: AbortSignal): () => void {
  const callOff = () => {
    clearTimeout(timer);
    over.removeEventListener('abort', callOff);
  };
  const timer = setTimeout(() => {
    callOff();
    work();
  }, milliseconds);
  over.addEventListener('abort', callOff);
  return callOff;
}
