import { type FSWatcher, watch } from 'node:fs';

/** Output is looked at no more often than this (milliseconds), however fast it grows. */
const OUTPUT_PAUSE = 50;

/** Something to wait on between two looks at a job; what happens in between is not missed. */
export interface Wake extends Disposable {
  /** Resolves at the next sign of change, or after `longest` milliseconds. */
  next(longest: number): Promise<void>;
  ring(): void;
}

/** Signs of change: an entry of the folder changes, the signal aborts, `ring`. Keeps no process alive. */
export function wakeOn(folder: string, signal: AbortSignal): Wake {
  let rung = false;
  let waiting: (() => void) | undefined;
  let output: NodeJS.Timeout | undefined;
  const ring = () => {
    rung = true;
    waiting?.();
  };
  const outputGrew = () => {
    output = undefined;
    ring();
  };
  const watcher = watchFolder(folder, (name) => {
    if (name === 'output') output ??= setTimeout(outputGrew, OUTPUT_PAUSE).unref();
    else ring();
  });
  signal.addEventListener('abort', ring);
  return {
    ring,
    async next(longest) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting = resolve;
      const timer = setTimeout(resolve, longest).unref();
      if (rung) resolve();
      await promise;
      clearTimeout(timer);
      waiting = undefined;
      rung = false;
    },
    [Symbol.dispose]() {
      signal.removeEventListener('abort', ring);
      clearTimeout(output);
      watcher?.close();
    },
  };
}

/** Without a watcher (the system limits their number) the regular look has to do. */
function watchFolder(folder: string, onChange: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => onChange(name));
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
