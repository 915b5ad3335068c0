import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

export interface WatchOptions {
  /** The configuration file; it, its folder and what it is a link to may come, go and be replaced. */
  path: string;
  /** Other files that matter; asked again at every look. Must not throw. */
  files(): readonly string[];
  /** Something may be different; called from a timer. Must not throw. */
  onChange(): void;
  /** Milliseconds of quiet before a change is told. */
  settle?: number;
  /** Milliseconds after which a change is told even when there is no quiet. */
  maxWait?: number;
  /** Milliseconds between looks that nobody asked for. */
  poll?: number;
}

/**
 * Notices changes of a configuration file and of those that it refers to, however they are made: written in place,
 * renamed over, saved by an editor, switched by a link or a folder, deleted, made again, or given another mode. What
 * the system reports only makes it quicker; looking at the files every `poll` ms finds everything, on any file
 * system. Start it before the file is read for the first time, then nothing is missed. A change that is told may turn
 * out to be none. Keeps no process alive. Never throws.
 */
export function watchConfig(options: WatchOptions): { close(): void } {
  const watcher = new ConfigWatcher(options);
  return { close: () => watcher.close() };
}

/** How much later than a clock's time a file system may believe it to be, in milliseconds. */
const COARSE = 20;

/**
 * Quiet until a look finds something different; then unsettled until nothing was different for `settle` ms, or for
 * `maxWait` ms altogether. When it was told without quiet it stays unsettled, since the listener may have seen half of
 * what was going on.
 */
class ConfigWatcher {
  readonly #options: Required<WatchOptions>;
  readonly #poll: NodeJS.Timeout;
  #known = new Map<string, string>();
  /** When the listener last had a chance to read. */
  #told = Date.now();
  #events: FSWatcher | undefined;
  #folder = '';
  #settle: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;

  constructor(options: WatchOptions) {
    this.#options = { settle: 200, maxWait: 2000, poll: 250, ...options };
    this.#listen();
    this.#isDifferent();
    this.#poll = setInterval(() => this.#look(), this.#options.poll).unref();
  }

  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
    clearTimeout(this.#limit);
    this.#events?.close();
  }

  #look(): void {
    this.#listen();
    if (this.#isDifferent()) this.#unsettle();
  }

  #unsettle(): void {
    const { settle, maxWait } = this.#options;
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#calm(), settle).unref();
    this.#limit ??= setTimeout(() => this.#tell(), maxWait).unref();
  }

  #calm(): void {
    this.#settle = undefined;
    if (this.#isDifferent()) this.#unsettle();
    else this.#tell();
  }

  #tell(): void {
    clearTimeout(this.#limit);
    this.#limit = undefined;
    this.#told = Date.now();
    if (this.#settle) this.#unsettle();
    this.#options.onChange();
  }

  /** Whether a file is not as it was at the last look; remembers how it is. */
  #isDifferent(): boolean {
    const { path, files } = this.#options;
    const before = this.#known;
    this.#known = new Map([path, ...files()].map((file) => [file, stateOf(file)]));
    return [...this.#known].some(([file, state]) => {
      return before.has(file) ? before.get(file) !== state : changedSince(file, this.#told - COARSE);
    });
  }

  /** Has the system report what happens in the file's folder, which may be another one than before. */
  #listen(): void {
    const folder = dirname(this.#options.path);
    const state = identityOf(folder);
    if (state === this.#folder) return;
    this.#folder = state;
    this.#events?.close();
    this.#events = undefined;
    try {
      this.#events = watch(folder, { persistent: false }, () => this.#look());
      this.#events.on('error', () => this.#events?.close());
    } catch {
      // There is no such folder, or the system has no watches left; looking finds everything, only later.
    }
  }
}

/** What is different after any change. The time of the last change of a file's record catches what keeps its time and size. */
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

/** For a file that was not looked at before: whether it changed after the listener may have read it. */
function changedSince(path: string, time: number): boolean {
  try {
    return statSync(path).ctimeMs > time;
  } catch {
    return false;
  }
}
