import type { SessionNews } from '../core/model/effects.ts';
import type { ReportHead } from '../core/model/report.ts';
import type { HandoverReport, SessionReport } from '../ipc/messages.ts';

/** Number of sessions that one report names; a longer list would not help any reader. */
const MAX_SESSIONS = 10_000;

/**
 * The report of one handover while it is being written: what the supervisor decided, and what generations say about
 * their sessions. After `done` and `failed` only resumed sessions are still added.
 */
export class HandoverRecord {
  #head: ReportHead;
  readonly #sessions = new Map<string, SessionReport>();

  constructor(head: ReportHead) {
    this.#head = head;
  }

  get head(): ReportHead {
    return this.#head;
  }

  get report(): HandoverReport {
    const { by: _by, killed: _killed, since: _since, ...head } = this.#head;
    return { ...head, sessions: [...this.#sessions.values()] };
  }

  /**
   * Takes over what the supervisor decided. `clock` is the monotonic time in ms; when the former generation has ended,
   * sessions that it still ran were cut with it.
   */
  update(head: ReportHead, clock: number): void {
    this.#head = head;
    if (head.phase !== 'done') return;
    for (const [session, { state }] of this.#sessions) {
      if (state === 'running')
        this.#updateSession(session, { state: 'cut', after: this.#elapsedTime(clock) });
    }
  }

  /** Records what a generation says about its sessions at the monotonic time `clock`. */
  recordNews(news: SessionNews, clock: number): void {
    const elapsed = this.#elapsedTime(clock);
    if (news.type === 'left') this.#recordSessions(news.sessions, elapsed);
    else if (news.type === 'moved') this.#recordMove(news, elapsed);
    else this.#recordResume(news.session, elapsed);
  }

  #recordSessions(sessions: readonly SessionReport[], elapsed: number | null): void {
    for (const report of sessions) {
      // Parked sessions are free for the next generation at once.
      const after = report.state === 'parked' ? elapsed : report.after;
      this.#updateSession(report.session, { ...report, after });
    }
  }

  #recordMove({ session, how, cut }: Extract<SessionNews, { type: 'moved' }>, after: number | null): void {
    const state = how === 'cut' ? 'cut' : 'moved';
    this.#updateSession(session, { state, after, ...(cut.length > 0 ? { holding: [...cut] } : {}) });
  }

  #recordResume(session: string, resumedAfter: number | null): void {
    const known = this.#sessions.get(session);
    if (known && known.resumedAfter !== null) return;
    // The killed process named no sessions; those that are resumed now are the ones that it cut.
    const found = !known && this.#head.killed ? { state: 'cut' as const, after: 0 } : {};
    this.#updateSession(session, { ...found, resumedAfter });
  }

  #updateSession(session: string, learned: Partial<SessionReport>): void {
    const known = this.#sessions.get(session);
    if (!known && this.#sessions.size >= MAX_SESSIONS) return;
    this.#sessions.set(session, { ...(known ?? createSessionReport(session)), ...learned });
  }

  #elapsedTime(clock: number): number | null {
    const { since } = this.#head;
    return since === null ? null : Math.round(clock - since);
  }
}

function createSessionReport(session: string): SessionReport {
  return { session, state: 'parked', holding: [], after: null, resumedAfter: null };
}
