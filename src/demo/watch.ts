import { isAway } from '../client/away.ts';
import type { Client } from '../client/client.ts';
import type { FollowedItem } from '../client/follow.ts';
import type { WireEvent } from '../protocol/events.ts';
import { isStart, type Started } from './facts.ts';

/** Follows one session, as any client would, over every restart. */
export class Watch {
  /** Durable events seen so far. */
  events = 0;
  /** The generation that began the last step. */
  generation = 0;
  readonly #seen: WireEvent[] = [];
  #ended = false;
  readonly #waiting = new Set<(item: FollowedItem | undefined) => void>();

  /** Ends when the signal aborts or the daemon stays away. */
  async run(
    client: Client,
    session: string,
    signal: AbortSignal,
    show: (item: FollowedItem) => void,
  ): Promise<void> {
    try {
      for await (const item of client.follow(session, 0, signal)) {
        if (item.kind !== 'delta') this.events += 1;
        if (item.kind === 'event') this.#note(item.event);
        show(item);
        for (const wake of this.#waiting) wake(item);
      }
    } catch (error) {
      if (!isAway(error)) throw error;
    } finally {
      this.#ended = true;
      for (const wake of this.#waiting) wake(undefined);
    }
  }

  /** Resolves with what `pick` makes of the first item that it wants, or with undefined when there will be none. */
  until<T>(pick: (item: FollowedItem) => T | undefined): Promise<T | undefined> {
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

  /** The same of all events so far, at once or after any later one. */
  known<T>(pick: (events: readonly WireEvent[]) => T | undefined): Promise<T | undefined> {
    const picked = pick(this.#seen);
    return picked === undefined ? this.until(() => pick(this.#seen)) : Promise.resolve(picked);
  }

  /** The first step that a later generation than `generation` begins. */
  nextGeneration(generation: number): Promise<Started | undefined> {
    return this.known((events) => events.filter(isStart).find((step) => step.generation > generation));
  }

  #note(event: WireEvent): void {
    this.#seen.push(event);
    if (isStart(event)) this.generation = event.generation;
  }
}
