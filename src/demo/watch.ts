import { isRetryable } from '../client/away.ts';
import type { Client } from '../client/client.ts';
import { type EntryChange, listChanges } from '../client/conversation/changes.ts';
import type { StepRun } from '../client/conversation/steps.ts';
import { type ReadSession, readItem, UNREAD_SESSION } from './journal.ts';

/** Follows one session across restarts, through the public API like any client. */
export class SessionWatcher {
  /** Number of durable events received so far. */
  eventCount = 0;
  #seen: ReadSession = UNREAD_SESSION;
  #ended = false;
  readonly #waiting = new Set<() => void>();

  /** The generation that started the latest step; 0 before the first one. */
  get generation(): number {
    return this.#seen.steps.at(-1)?.generation ?? 0;
  }

  /** Follows the session and passes what changes to `show`; resolves when the signal aborts or the daemon stays away. */
  async followSession(
    client: Client,
    session: string,
    signal: AbortSignal,
    show: (changes: readonly EntryChange[]) => void,
  ): Promise<void> {
    try {
      for await (const item of client.followSession(session, 0, signal)) {
        const before = this.#seen.conversation;
        if (item.kind !== 'delta') this.eventCount += 1;
        this.#seen = readItem(this.#seen, item);
        show(listChanges(before, this.#seen.conversation));
        for (const wake of this.#waiting) wake();
      }
    } catch (error) {
      if (!isRetryable(error)) throw error;
    } finally {
      this.#ended = true;
      for (const wake of this.#waiting) wake();
    }
  }

  /** Resolves with the first defined result of `pick`, now or after a later item; with undefined when the stream ends. */
  waitFor<T>(pick: (seen: ReadSession) => T | undefined): Promise<T | undefined> {
    return new Promise((resolve) => {
      const wake = () => {
        const picked = pick(this.#seen);
        if (picked === undefined && !this.#ended) return;
        this.#waiting.delete(wake);
        resolve(picked);
      };
      this.#waiting.add(wake);
      wake();
    });
  }

  /** Resolves with the first step that a generation later than `generation` starts; undefined if there is none. */
  waitForGeneration(generation: number): Promise<StepRun | undefined> {
    return this.waitFor(({ steps }) => steps.find((step) => step.generation > generation));
  }
}
