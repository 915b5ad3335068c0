import type { SessionStatus } from '../core/model/state.ts';

/** Listing of the sessions of a home, without their events. */
export interface Catalog {
  findSession(session: string): Promise<SessionRow | undefined>;
  /** Lists sessions ordered by id. */
  listSessions(query: SessionQuery): Promise<SessionRow[]>;
  /**
   * Lists sessions by their last change, newest first. Reads every row, so a page costs more than a page
   * ordered by id.
   */
  listRecentSessions(query: RecentQuery): Promise<SessionRow[]>;
  /** Counts sessions by status. The cost does not depend on the number of idle sessions. */
  countSessions(): Promise<Record<SessionStatus, number>>;
  /**
   * Lists sessions with unfinished work, oldest change first. The cost does not depend on the number of idle
   * sessions.
   */
  listUnfinished(): Promise<SessionRow[]>;
  /**
   * Marks a session that cannot be loaded, so that no generation tries again; `null` removes the mark. Rejects
   * with SessionNotFoundError.
   */
  markDamaged(session: string, reason: string | null): Promise<void>;
}

/** Listing entry of a session, without its events. Times are in milliseconds since the epoch. */
export interface SessionRow {
  session: string;
  agent: string;
  owner: number | null;
  seq: number;
  status: SessionStatus;
  /** Number of inputs in the inbox that no append has consumed yet. */
  inputs: number;
  wakeAt: number | null;
  createdAt: number;
  updatedAt: number;
  damaged: string | null;
}

/** Filters that both listings of sessions share. A filter that is absent matches every session. */
export interface SessionFilter {
  status?: SessionStatus;
  agent?: string;
  /** Lists only sessions whose id starts with this text. */
  prefix?: string;
  /** Lists only sessions that changed at this moment or later; milliseconds since the epoch. */
  since?: number;
  limit: number;
}

export interface SessionQuery extends SessionFilter {
  /** Starts after the session with this id, which need not exist. */
  after?: string;
}

export interface RecentQuery extends SessionFilter {
  /** Starts after this row, the last one of the page before (newest first). */
  before?: Pick<SessionRow, 'updatedAt' | 'session'>;
}
