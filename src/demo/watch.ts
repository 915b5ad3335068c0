import { isRetryable } from '../client/away.ts';
import type { Client } from '../client/client.ts';
import type { FollowedItem } from '../client/follow.ts';
import type { WireEvent } from '../protocol/events.ts';
import { isStepStart, type StepStart } from './facts.ts';

/** Follows one session across restarts, through the public API like any client, and records its events. */
export class SessionWatcher {
  /** Number of durable events received so far. */
  eventCount = 0;
  /** The generation that started the latest step; 0 before the first one. */
  generation = 0;
  readonly #seen: WireEvent[] = [];
  #ended = false;
  readonly #waiting = new Set<(item: FollowedItem | undefined) => void>();

  /** Follows the session and passes each item to `show`; resolves when the signal aborts or the daemon stays away. */
  async followSession(
    client: Client,
    session: string,
    signal: AbortSignal,
    show: (item: FollowedItem) => void,
  ): Promise<void> {
    try {
      for await (const item of client.followSession(session, 0, signal)) {
        if (item.kind !== 'delta') this.eventCount += 1;
        if (item.kind === 'event') this.#recordEvent(item.event);
        show(item);
        for (const wake of this.#waiting) wake(item);
      }
    } catch (error) {
      if (!isRetryable(error)) throw error;
    } finally {
      this.#ended = true;
      for (const wake of this.#waiting) wake(undefined);
    }
  }

  /** Resolves with the first defined result of `pick` for a later item, or with undefined when the stream has ended. */
  waitForItem<T>(pick: (item: FollowedItem) => T | undefined): Promise<T | undefined> {
    if (this.#ended) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const wake = (item: FollowedItem | undefined) => {
        const picked = item && pick(item);
        if (item && picked === undefined) return;
        this.#waiting.delete(wake);
        resolve(picked);
      };
      this.#waiting.add(wake);
    });
  }

  /** Resolves with the first defined result of `pick` for all events so far, now or after a later event. */
  waitForEvents<T>(pick: (events: readonly WireEvent[]) => T | undefined): Promise<T | undefined> {
    const picked = pick(this.#seen);
    return picked === undefined ? this.waitForItem(() => pick(this.#seen)) : Promise.resolve(picked);
  }

  /** Resolves with the first step that a generation later than `generation` starts; undefined if there is none. */
  waitForGeneration(generation: number): Promise<StepStart | undefined> {
    return this.waitForEvents((events) =>
      events.filter(isStepStart).find((step) => step.generation > generation),
    );
  }

  #recordEvent(event: WireEvent): void {
    this.#seen.push(event);
    if (isStepStart(event)) this.generation = event.generation;
  }
}
