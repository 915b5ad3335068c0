import type { Cause } from '../ipc/messages.ts';
import type { Notifier } from '../process/notifier.ts';

/** A requested handover that has not begun. All requests until then are fulfilled by this one handover. */
export interface HandoverRequest {
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
export interface FileCheckRequest<Found> {
  /** Called with the result of the check. Must not throw. */
  onChecked(found: Found): void;
}

/**
 * Pending requests from clients, signals and the file watcher to the supervisor. Requests are merged, not queued:
 * any number of restarts is one restart, and a stop wins over everything and stays. Each request notifies the
 * supervisor's main loop.
 */
export class PendingRequests<Found> {
  readonly #notifier: Notifier;
  #stop: { id: string; reason: string } | null = null;
  #handover: HandoverRequest | null = null;
  #fileChecks: FileCheckRequest<Found>[] = [];
  #fileCheckCount = 0;
  #interrupts = 0;

  constructor(notifier: Notifier) {
    this.#notifier = notifier;
  }

  get stop(): { readonly id: string; readonly reason: string } | null {
    return this.#stop;
  }

  get handover(): Readonly<HandoverRequest> | null {
    return this.#handover;
  }

  get hasFileChecks(): boolean {
    return this.#fileChecks.length > 0;
  }

  /** Number of file checks requested so far; it tells whether a new request came since the last check. */
  get fileCheckCount(): number {
    return this.#fileCheckCount;
  }

  /** True when Ctrl-C came twice: the supervisor no longer waits for any drain. */
  get stopsAtOnce(): boolean {
    return this.#interrupts > 1;
  }

  /**
   * Requests a stop and returns the id of its report; later requests return the id of the first one. `id` is
   * called only for the first.
   */
  requestStop(id: () => string, reason: string): string {
    this.#stop ??= { id: id(), reason };
    this.#notifier.notifyAll();
    return this.#stop.id;
  }

  /**
   * Requests a handover, or joins the pending one; returns the id of the handover that will fulfil it. `id` is
   * called only for a new one.
   */
  requestHandover(
    id: () => string,
    wish: Pick<HandoverRequest, 'cause' | 'reason' | 'by' | 'again'>,
  ): string {
    this.#handover ??= { ...wish, id: id(), at: Date.now() };
    this.#handover.again ||= wish.again;
    this.#notifier.notifyAll();
    return this.#handover.id;
  }

  requestFileCheck(look: FileCheckRequest<Found>): void {
    this.#fileChecks.push(look);
    this.#fileCheckCount += 1;
    this.#notifier.notifyAll();
  }

  /** Removes and returns the pending handover; the caller must start it. Returns null when none is pending. */
  takeHandover(): HandoverRequest | null {
    const wanted = this.#handover;
    this.#handover = null;
    return wanted;
  }

  takeFileChecks(): FileCheckRequest<Found>[] {
    return this.#fileChecks.splice(0);
  }

  countInterrupt(): void {
    this.#interrupts += 1;
    this.#notifier.notifyAll();
  }
}
