/** Does something after so many milliseconds, unless `over` comes first. Returns what calls it off. */
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
