import { type FSWatcher, mkdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AlreadyRunningError } from '../../../errors/lock.ts';
import { McpLoginBusyError } from '../../../errors/mcp-login.ts';
import { acquireLock, type Lock } from '../../../util/lock.ts';
import { replaceFile } from '../../../util/replace-file.ts';
import { type StoredLogin, secretsOf, storedLogin } from './stored.ts';

/** Milliseconds that others may need; the requests that are made meanwhile have shorter limits. */
const PATIENCE = 45_000;
const PAUSE = 25;

const ENDING = '.json';

/** For whoever holds the lock of a server. */
export interface Held {
  read(): StoredLogin | undefined;
  /** Durable, and 0600, when it returns. */
  write(login: StoredLogin): void;
  remove(): void;
}

/**
 * The logins to MCP servers, a file for each. Several generations of a home may use them at once: whoever changes one
 * holds its lock from reading it to writing it, and the lock ends with its process.
 */
export class LoginStore {
  readonly #folder: string;
  readonly #hide: (secrets: readonly string[]) => void;
  #watcher: FSWatcher | undefined;
  /** Of each server's login, as it was seen last. */
  readonly #secrets = new Map<string, readonly string[]>();
  readonly #changes = new Set<Promise<unknown>>();

  /**
   * `hide` is told all secrets whenever there is a new one, before anybody else sees that: those that change every hour
   * must not push out those that last, as only so many former ones stay hidden.
   */
  constructor(folder: string, hide: (secrets: readonly string[]) => void) {
    this.#folder = folder;
    this.#hide = hide;
  }

  /** `undefined` when there is none, or none that this release understands. */
  read(name: string): StoredLogin | undefined {
    try {
      const found = storedLogin.parse(JSON.parse(readFileSync(this.#path(name), 'utf8')));
      this.#keepSecret(name, found);
      return found;
    } catch {
      return undefined;
    }
  }

  /** Rejects with McpLoginBusyError when others do not let go of it. */
  locked<T>(name: string, work: (held: Held) => Promise<T>): Promise<T> {
    const change = this.#locked(name, work);
    this.#changes.add(change);
    const over = () => this.#changes.delete(change);
    change.then(over, over);
    return change;
  }

  /** Resolves when nothing is being changed by this process: an answer that is on its way may be the only one. */
  async settled(): Promise<void> {
    while (this.#changes.size > 0) await Promise.allSettled(this.#changes);
  }

  async #locked<T>(name: string, work: (held: Held) => Promise<T>): Promise<T> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const lock = await this.#lock(name);
    try {
      return await work({
        read: () => this.read(name),
        write: (login) => {
          this.#keepSecret(name, login);
          replaceFile(this.#path(name), JSON.stringify(login));
        },
        remove: () => rmSync(this.#path(name), { force: true }),
      });
    } finally {
      lock.release();
    }
  }

  /** `changed` hears of changes by whichever process, where the system can tell; the caller also looks by itself. */
  watch(changed: (name: string) => void): void {
    if (this.#watcher) return;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      this.#watcher = watch(this.#folder, { persistent: false }, (_, file) => {
        if (file?.endsWith(ENDING) && !file.startsWith('.')) changed(basename(file, ENDING));
      });
      this.#watcher.on('error', () => this.close());
    } catch {
      // There are only so many watchers on a system.
    }
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  async #lock(name: string): Promise<Lock> {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      try {
        return acquireLock(join(this.#folder, `${name}.lock`));
      } catch (error) {
        if (!(error instanceof AlreadyRunningError)) throw error;
        if (performance.now() > deadline) throw new McpLoginBusyError(name);
      }
      await pause(PAUSE);
    }
  }

  #keepSecret(name: string, login: StoredLogin): void {
    const secrets = secretsOf(login);
    const known = this.#secrets.get(name) ?? [];
    if (secrets.every((secret) => known.includes(secret))) return;
    this.#secrets.set(name, secrets);
    this.#hide([...this.#secrets.values()].flat());
  }

  #path(name: string): string {
    return join(this.#folder, `${name}${ENDING}`);
  }
}
