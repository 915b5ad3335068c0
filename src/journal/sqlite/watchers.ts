import type { ChangeListener } from '../event-log.ts';

/** Listeners that are called with the id of each session that has new events or inputs. */
export class ChangeListeners {
  readonly #listeners = new Set<ChangeListener>();

  addListener(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(sessions: Iterable<string>, foreign: boolean): void {
    for (const session of sessions) for (const listener of this.#listeners) listener(session, foreign);
  }

  clear(): void {
    this.#listeners.clear();
  }
}
