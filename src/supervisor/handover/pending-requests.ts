import type { Cause } from '../ipc/messages.ts';
import type { Bell } from '../process/notifier.ts';

/** A handover that has not begun. Everybody who wants one meanwhile wants this one. */
export interface WantedHandover {
  id: string;
  cause: Cause;
  reason: string;
  /** Who asked; null when no client did. */
  by: string | null;
  /** In ms since the epoch. */
  at: number;
  /** Somebody asked for it, so that a configuration that has failed is tried again. */
  again: boolean;
}

/** A wish that the configuration file is looked at now. */
export interface WantedLook<Found> {
  /** Hears what was found. */
  tell(found: Found): void;
}

/**
 * What people, clients and the file want of the supervisor. Wishes are kept, not queued: any number of restarts is
 * one restart, and a stop wins over everything and stays. Whatever is wanted rings the bell.
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

  /** How often a look has been wished for. */
  get lookedFor(): number {
    return this.#lookedFor;
  }

  /** Ctrl-C came twice: nothing is waited for any more. */
  get atOnce(): boolean {
    return this.#interrupts > 1;
  }

  /** Returns the id of the stop's report; the first one counts. */
  wantStop(id: () => string, reason: string): string {
    this.#stop ??= { id: id(), reason };
    this.#bell.ring();
    return this.#stop.id;
  }

  /** Returns the id of the handover that it will be. */
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

  /** Whoever takes it begins it. */
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
