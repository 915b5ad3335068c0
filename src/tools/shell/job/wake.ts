import { type FSWatcher, watch } from 'node:fs';

/**
 * Waits for changes of a job. Growing output is reported at most once in this time (milliseconds), however fast
 * it grows.
 */
const OUTPUT_PAUSE = 50;

/**
 * Notification that a job may have changed. A change between two waits is not missed: the next wait returns at
 * once.
 */
export interface JobNotifier extends Disposable {
  /** Resolves at the next change, or after `longest` milliseconds. */
  waitForChange(longest: number): Promise<void>;
  notify(): void;
}

/**
 * Watches a job's folder and its signal. Wakes when an entry of the folder changes, when the signal aborts, and
 * on request. Does not keep the process alive.
 */
export function watchJob(folder: string, signal: AbortSignal): JobNotifier {
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
    notify: ring,
    async waitForChange(longest) {
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

/**
 * Watches a folder; returns `undefined` when the system's limit of watchers is reached, and regular polling
 * must suffice.
 */
function watchFolder(folder: string, onChange: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => onChange(name));
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
