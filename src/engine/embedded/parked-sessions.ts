import { type Clock, MAX_TIMER_DELAY } from '../port/ports.ts';

/** Sessions that wait for others outside memory; each is woken at its time. */
export class ParkedSessions {
  readonly #clock: Clock;
  readonly #wake: (session: string) => void;
  readonly #times = new Map<string, number>();
  #stop = () => {};
  #next = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, wake: (session: string) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Adds a session. `time` is in milliseconds since the epoch. */
  addSession(session: string, time: number): void {
    this.#times.set(session, time);
    if (time < this.#next) this.#armTimer(time);
  }

  /** Forgets a session that something else has woken. */
  removeSession(session: string): void {
    this.#times.delete(session);
  }

  close(): void {
    this.#stop();
    this.#times.clear();
  }

  #armTimer(next: number): void {
    this.#stop();
    this.#next = next;
    if (next === Number.POSITIVE_INFINITY) return;
    const delay = Math.min(Math.max(0, next - this.#clock.now()), MAX_TIMER_DELAY);
    this.#stop = this.#clock.after(delay, () => this.#wakeDueSessions());
  }

  #wakeDueSessions(): void {
    const now = this.#clock.now();
    const due = [...this.#times].filter(([, time]) => time <= now).map(([session]) => session);
    for (const session of due) this.#times.delete(session);
    let next = Number.POSITIVE_INFINITY;
    for (const time of this.#times.values()) next = Math.min(next, time);
    this.#armTimer(next);
    for (const session of due) this.#wake(session);
  }
}
