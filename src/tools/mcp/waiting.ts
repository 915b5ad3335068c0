/** Ends early, and does not reject, when the signal aborts; keeps no process alive. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds).unref();
    signal.addEventListener('abort', end);
  });
}

export function onAbort(signal: AbortSignal): Disposable & { aborted: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const abort = () => resolve();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', abort);
  return { aborted: promise, [Symbol.dispose]: () => signal.removeEventListener('abort', abort) };
}
