import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

export interface ConfigWatchOptions {
  /** The configuration file. The file, its folder and the target of a link may appear, disappear and be replaced. */
  path: string;
  /** Returns further files to watch; called at every check. Must not throw. */
  files(): readonly string[];
  /** Called from a timer when something may have changed. Must not throw. */
  onChange(): void;
  /** Milliseconds without further changes before a change is reported; default 200. */
  settle?: number;
  /** Milliseconds after which a change is reported even while changes continue; default 2000. */
  maxWait?: number;
  /** Milliseconds between checks when the system reports nothing; default 250. */
  poll?: number;
}

/**
 * Watches a configuration file and the files that it refers to, however they change: written in place, renamed over,
 * saved by an editor, switched by a link or a folder, deleted, created again, or given another mode. Events of the
 * system only make it faster; a check every `poll` ms finds every change on any file system. Start it before the
 * first read of the file, so that no change is missed. A reported change may turn out to be none. Does not keep the
 * process alive. Never throws.
 */
export function watchConfig(options: ConfigWatchOptions): { close(): void } {
  const watcher = new ConfigWatcher(options);
  return { close: () => watcher.close() };
}

/** Maximum difference between the clock and the times that a file system records, in milliseconds. */
const COARSE = 20;

/**
 * Detects changes. It is quiet until a check finds a difference; then it waits until nothing has changed for
 * `settle` ms, or for `maxWait` ms in total. After a report without quiet it keeps waiting, because the listener may
 * have read a half-finished change.
 */
class ConfigWatcher {
  readonly #options: Required<ConfigWatchOptions>;
  readonly #poll: NodeJS.Timeout;
  #known = new Map<string, string>();
  /** When the listener last had a chance to read the files. */
  #told = Date.now();
  #events: FSWatcher | undefined;
  #folder = '';
  #settle: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;

  constructor(options: ConfigWatchOptions) {
    this.#options = { settle: 200, maxWait: 2000, poll: 250, ...options };
    this.#watchFolder();
    this.#isDifferent();
    this.#poll = setInterval(() => this.#checkFiles(), this.#options.poll).unref();
  }

  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
    clearTimeout(this.#limit);
    this.#events?.close();
  }

  #checkFiles(): void {
    this.#watchFolder();
    if (this.#isDifferent()) this.#waitForQuiet();
  }

  #waitForQuiet(): void {
    const { settle, maxWait } = this.#options;
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#confirmQuiet(), settle).unref();
    this.#limit ??= setTimeout(() => this.#notifyChange(), maxWait).unref();
  }

  #confirmQuiet(): void {
    this.#settle = undefined;
    if (this.#isDifferent()) this.#waitForQuiet();
    else this.#notifyChange();
  }

  #notifyChange(): void {
    clearTimeout(this.#limit);
    this.#limit = undefined;
    this.#told = Date.now();
    if (this.#settle) this.#waitForQuiet();
    this.#options.onChange();
  }

  /** Checks whether a file differs from the previous check, and remembers its present state. */
  #isDifferent(): boolean {
    const { path, files } = this.#options;
    const before = this.#known;
    this.#known = new Map([path, ...files()].map((file) => [file, stateOf(file)]));
    return [...this.#known].some(([file, state]) => {
      return before.has(file) ? before.get(file) !== state : changedSince(file, this.#told - COARSE);
    });
  }

  /**
   * Subscribes to the events of the folder that contains the file, which may have been replaced by another folder.
   */
  #watchFolder(): void {
    const folder = dirname(this.#options.path);
    const state = identityOf(folder);
    if (state === this.#folder) return;
    this.#folder = state;
    this.#events?.close();
    this.#events = undefined;
    try {
      this.#events = watch(folder, { persistent: false }, () => this.#checkFiles());
      this.#events.on('error', () => this.#events?.close());
    } catch {
      // There is no such folder, or the system has no watches left; looking finds everything, only later.
    }
  }
}

/**
 * Returns a text that differs after any change. The ctime detects changes that keep the modification time and size.
 */
function stateOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return error instanceof Error ? String(Reflect.get(error, 'code')) : 'unknown';
  }
}

function identityOf(path: string): string {
  try {
    const { dev, ino, birthtimeNs } = statSync(path, { bigint: true });
    return [dev, ino, birthtimeNs].join(' ');
  } catch {
    return 'none';
  }
}

/** Checks a file that is watched for the first time: whether it changed after the listener may have read it. */
function changedSince(path: string, time: number): boolean {
  try {
    return statSync(path).ctimeMs > time;
  } catch {
    return false;
  }
}
