import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** When a log file is rotated, and how many rotated files are kept. */
export interface Rotation {
  /** Size in bytes at which the file is rotated; it may be exceeded until the next check. */
  maxSize: number;
  /** Age in milliseconds at which the file is rotated, however small it is. */
  maxAge: number;
  /** Number of rotated files that are kept beside the current one; 0 deletes the file instead. */
  keep: number;
}

/** Interval in ms between two checks whether another process has rotated the file and the path names a new one. */
const CHECK_INTERVAL = 1000;

/**
 * The log file of a home, which several processes append to. One of them rotates it by renaming; each of the
 * others notices within a second that the path names a new file and continues there. No line is lost or cut.
 */
export class LogFile {
  readonly #path: string;
  readonly #now: () => number;
  #fd: number;
  #checkedAt: number;

  constructor(path: string, now = Date.now) {
    this.#path = path;
    this.#now = now;
    this.#fd = openToAppend(path);
    this.#checkedAt = now();
  }

  /** Returns the descriptor to write to now. Keeps the former one when the new file cannot be opened. */
  currentFd(): number {
    if (this.#now() - this.#checkedAt < CHECK_INTERVAL) return this.#fd;
    this.#checkedAt = this.#now();
    if (!isSameFile(statOf(this.#path), fstatSync(this.#fd))) this.#reopenFile();
    return this.#fd;
  }

  /** Rotates the file when it is too large or too old. Only one process of a home may call this. Never throws. */
  rotateIfDue({ maxSize, maxAge, keep }: Rotation): void {
    const stats = statOf(this.#path);
    if (!stats || stats.size === 0) return;
    const age = this.#now() - (stats.birthtimeMs || stats.mtimeMs);
    if (stats.size < maxSize && age < maxAge) return;
    try {
      const aside = listRotatedLogs(this.#path);
      for (const { path, number } of aside.toReversed()) {
        if (number >= keep) rmSync(path, { force: true });
        else renameSync(path, `${this.#path}.${number + 1}`);
      }
      if (keep === 0) rmSync(this.#path);
      else renameSync(this.#path, `${this.#path}.1`);
    } catch {
      // When the folder cannot be written to, the file is not rotated; the log continues in it.
    }
    this.#checkedAt = 0;
  }

  #reopenFile(): void {
    try {
      const next = openToAppend(this.#path);
      closeSync(this.#fd);
      this.#fd = next;
    } catch {
      // The disk is full, or the folder is gone: the next check tries again.
    }
  }
}

/** Lists the rotated files of a log, the newest first. Empty when the folder cannot be read. */
export function listRotatedLogs(path: string): { path: string; number: number }[] {
  const name = `${basename(path)}.`;
  return namesIn(dirname(path))
    .filter((each) => each.startsWith(name) && /^[1-9]\d{0,3}$/.test(each.slice(name.length)))
    .map((each) => ({ path: join(dirname(path), each), number: Number(each.slice(name.length)) }))
    .sort((a, b) => a.number - b.number);
}

/**
 * Returns the log file at `path` when the descriptor writes to it or to a file that was just rotated; null for any
 * other file.
 */
export function openLogFile(fd: number, path: string): LogFile | null {
  const stats = fstatSync(fd);
  const isLog = stats.isFile() && [path, `${path}.1`].some((each) => isSameFile(statOf(each), stats));
  return isLog ? new LogFile(path) : null;
}

function openToAppend(path: string): number {
  return openSync(path, 'a', 0o600);
}

function isSameFile(a: Stats | undefined, b: Stats): boolean {
  return a !== undefined && a.ino === b.ino && a.dev === b.dev;
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
