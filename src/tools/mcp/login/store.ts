import { type FSWatcher, mkdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { McpLoginBusyError } from '../../../errors/mcp-login.ts';
import { AlreadyRunningError } from '../../../errors/supervisor.ts';
import { acquireLock, type Lock } from '../../../util/lock.ts';
import { replaceFileSync } from '../../../util/replace-file.ts';
import { listLoginSecrets, type StoredLogin, storedLoginSchema } from './stored.ts';

/** Milliseconds to wait for the lock; the requests that its holder makes meanwhile have shorter limits. */
const LOCK_TIMEOUT = 45_000;
const LOCK_RETRY_DELAY = 25;

const ENDING = '.json';

/** Access to a stored login for the holder of its lock. */
export interface LockedLogin {
  read(): StoredLogin | undefined;
  /** Replaces the file durably, with mode 0600; it is on disk on return. */
  write(login: StoredLogin): void;
  remove(): void;
}

/**
 * Stores the logins to MCP servers, one file for each. Several generations of a home may use them at once, so a
 * process that changes a login holds its lock from reading to writing. The lock is released when its process exits.
 */
export class LoginStore {
  readonly #folder: string;
  readonly #hide: (secrets: readonly string[]) => void;
  #watcher: FSWatcher | undefined;
  /** The secrets of each server's login when it was last read or written. */
  readonly #secrets = new Map<string, readonly string[]>();
  readonly #changes = new Set<Promise<unknown>>();

  /**
   * `hide` receives all secrets whenever a new one appears, before any caller can see it. It always receives all of
   * them, because only a limited number of former secrets stays masked: tokens that change hourly must not displace
   * secrets that last.
   */
  constructor(folder: string, hide: (secrets: readonly string[]) => void) {
    this.#folder = folder;
    this.#hide = hide;
  }

  /** Returns the stored login; `undefined` when there is none or this release cannot parse it. */
  read(name: string): StoredLogin | undefined {
    try {
      const found = storedLoginSchema.parse(JSON.parse(readFileSync(this.#loginPathOf(name), 'utf8')));
      this.#hideSecrets(name, found);
      return found;
    } catch {
      return undefined;
    }
  }

  /**
   * Runs `work` while holding the lock of a login. Rejects with McpLoginBusyError when another process keeps the
   * lock.
   */
  withLock<T>(name: string, work: (held: LockedLogin) => Promise<T>): Promise<T> {
    const change = this.#runLocked(name, work);
    this.#changes.add(change);
    const over = () => this.#changes.delete(change);
    change.then(over, over);
    return change;
  }

  /** Resolves when this process changes no login; a token response in flight may be issued only once. */
  async waitForChanges(): Promise<void> {
    while (this.#changes.size > 0) await Promise.allSettled(this.#changes);
  }

  async #runLocked<T>(name: string, work: (held: LockedLogin) => Promise<T>): Promise<T> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const lock = await this.#acquireLock(name);
    try {
      return await work({
        read: () => this.read(name),
        write: (login) => {
          this.#hideSecrets(name, login);
          replaceFileSync(this.#loginPathOf(name), JSON.stringify(login));
        },
        remove: () => rmSync(this.#loginPathOf(name), { force: true }),
      });
    } finally {
      lock.release();
    }
  }

  /**
   * Calls `changed` when any process changes a login. Notifications depend on the system, so the caller must also
   * check after its own changes.
   */
  watchLogins(changed: (name: string) => void): void {
    if (this.#watcher) return;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      this.#watcher = watch(this.#folder, { persistent: false }, (_, file) => {
        if (file?.endsWith(ENDING) && !file.startsWith('.')) changed(basename(file, ENDING));
      });
      this.#watcher.on('error', () => this.close());
    } catch {
      // The system limits the number of watchers; without one, changes by other processes go unnoticed.
    }
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  async #acquireLock(name: string): Promise<Lock> {
    const deadline = performance.now() + LOCK_TIMEOUT;
    for (;;) {
      try {
        return acquireLock(join(this.#folder, `${name}.lock`));
      } catch (error) {
        if (!(error instanceof AlreadyRunningError)) throw error;
        if (performance.now() > deadline) throw new McpLoginBusyError(name);
      }
      await pause(LOCK_RETRY_DELAY);
    }
  }

  #hideSecrets(name: string, login: StoredLogin): void {
    const secrets = listLoginSecrets(login);
    const known = this.#secrets.get(name) ?? [];
    if (secrets.every((secret) => known.includes(secret))) return;
    this.#secrets.set(name, secrets);
    this.#hide([...this.#secrets.values()].flat());
  }

  #loginPathOf(name: string): string {
    return join(this.#folder, `${name}${ENDING}`);
  }
}
