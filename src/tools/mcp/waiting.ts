/** Resolves after a delay, or at once when the signal aborts; never rejects and does not keep the process alive. */
export function delayUnlessAborted(milliseconds: number, signal: AbortSignal): Promise<void> {
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

/** Returns a promise that resolves when the signal aborts; disposing it removes the listener. */
export function watchAbort(signal: AbortSignal): Disposable & { aborted: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const abort = () => resolve();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', abort);
  return { aborted: promise, [Symbol.dispose]: () => signal.removeEventListener('abort', abort) };
}
