type Listener = (session: string, foreign: boolean) => void;

/** Listeners that are called with the id of each session that has new events or inputs. */
export class ChangeListeners {
  readonly #listeners = new Set<Listener>();

  addListener(listener: Listener): () => void {
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
