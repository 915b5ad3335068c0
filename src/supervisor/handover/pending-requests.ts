import type { Cause } from '../ipc/messages.ts';
import type { Bell } from '../process/notifier.ts';

/** A requested handover that has not begun. All requests until then are fulfilled by this one handover. */
export interface WantedHandover {
  id: string;
  cause: Cause;
  reason: string;
  /** Principal of the client that requested it; null when a signal or the configuration file did. */
  by: string | null;
  /** When it was first requested, in ms since the epoch. */
  at: number;
  /** True when an operator or client asked for it, so that a configuration that has failed is tried again. */
  again: boolean;
}

/** A request to check the configuration file now, by a client, a signal or the file watcher. */
export interface WantedLook<Found> {
  /** Called with the result of the check. Must not throw. */
  tell(found: Found): void;
}

/**
 * Pending requests from clients, signals and the file watcher to the supervisor. Requests are merged, not queued:
 * any number of restarts is one restart, and a stop wins over everything and stays. Each request notifies the
 * supervisor's main loop.
 */
export class Wishes<Found> {
  readonly #bell: Bell;
  #stop: { id: string; reason: string } | null = null;
  #handover: WantedHandover | null = null;
  #looks: WantedLook<Found>[] = [];
  #lookedFor = 0;
  #interrupts = 0;

  constructor(bell: Bell) {
    this.#bell = bell;
  }

  get stop(): { readonly id: string; readonly reason: string } | null {
    return this.#stop;
  }

  get handover(): Readonly<WantedHandover> | null {
    return this.#handover;
  }

  get look(): boolean {
    return this.#looks.length > 0;
  }

  /** Number of file checks requested so far; it tells whether a new request came since the last check. */
  get lookedFor(): number {
    return this.#lookedFor;
  }

  /** True when Ctrl-C came twice: the supervisor no longer waits for any drain. */
  get atOnce(): boolean {
    return this.#interrupts > 1;
  }

  /**
   * Requests a stop and returns the id of its report; later requests return the id of the first one. `id` is
   * called only for the first.
   */
  wantStop(id: () => string, reason: string): string {
    this.#stop ??= { id: id(), reason };
    this.#bell.ring();
    return this.#stop.id;
  }

  /**
   * Requests a handover, or joins the pending one; returns the id of the handover that will fulfil it. `id` is
   * called only for a new one.
   */
  wantHandover(id: () => string, wish: Pick<WantedHandover, 'cause' | 'reason' | 'by' | 'again'>): string {
    this.#handover ??= { ...wish, id: id(), at: Date.now() };
    this.#handover.again ||= wish.again;
    this.#bell.ring();
    return this.#handover.id;
  }

  wantLook(look: WantedLook<Found>): void {
    this.#looks.push(look);
    this.#lookedFor += 1;
    this.#bell.ring();
  }

  /** Removes and returns the pending handover; the caller must start it. Returns null when none is pending. */
  takeHandover(): WantedHandover | null {
    const wanted = this.#handover;
    this.#handover = null;
    return wanted;
  }

  takeLooks(): WantedLook<Found>[] {
    return this.#looks.splice(0);
  }

  interrupted(): void {
    this.#interrupts += 1;
    this.#bell.ring();
  }
}
