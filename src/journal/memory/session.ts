import type { RecordedEvent } from '../../core/model/events.ts';
import type { SessionState, SessionStatus } from '../../core/model/state.ts';
import { cloneJson } from '../../util/lossless-json.ts';
import type { SessionRow } from '../catalog.ts';
import type { InboxEntry, InputDelivery } from '../inbox.ts';

/** Everything that the memory journal stores about one session, and the operations on it. */
export interface MemorySession extends Omit<SessionRow, 'inputs'> {
  events: RecordedEvent[];
  inbox: Omit<InboxEntry, 'agent'>[];
  /**
   * Every input id that was ever stored, with the position on its receipt; repeated deliveries are recognised
   * by it.
   */
  seen: Map<string, number>;
  snapshot: SessionState | undefined;
}

export function newSession(session: string, agent: string, at: number): MemorySession {
  return {
    session,
    agent,
    owner: null,
    seq: 0,
    status: 'idle',
    wakeAt: null,
    createdAt: at,
    updatedAt: at,
    damaged: null,
    events: [],
    inbox: [],
    seen: new Map(),
    snapshot: undefined,
  };
}

export function storeInput(session: MemorySession, entry: number, { input, at }: InputDelivery): void {
  session.seen.set(input.id, session.seq);
  session.inbox.push({ entry, at, input: cloneJson(input) });
  session.updatedAt = at;
}

export function consumeEntries(session: MemorySession, consumed: readonly number[]): void {
  session.inbox = session.inbox.filter(({ entry }) => !consumed.includes(entry));
}

/** Checks whether the inbox has a cancel or a decision that is not among the consumed entries. */
export function hasUnread({ inbox }: MemorySession, consumed: readonly number[]): boolean {
  return inbox.some(({ entry, input }) => !consumed.includes(entry) && FINAL.has(input.kind));
}

const FINAL: ReadonlySet<string> = new Set(['cancel', 'approval']);

export function listEntries({ inbox, agent }: MemorySession): InboxEntry[] {
  return inbox.map((entry) => ({ ...cloneJson(entry), agent }));
}

export function toSessionListing(from: MemorySession): SessionRow {
  const { session, agent, owner, seq, wakeAt, createdAt, updatedAt, damaged } = from;
  const inputs = from.inbox.length;
  return {
    session,
    agent,
    owner,
    seq,
    status: listedStatus(from),
    inputs,
    wakeAt,
    createdAt,
    updatedAt,
    damaged,
  };
}

/** Returns the status that lists show: an idle session with unread inputs is queued, a damaged one is quarantined. */
function listedStatus({ status, damaged, inbox }: MemorySession): SessionStatus {
  if (damaged !== null) return 'quarantined';
  return status === 'idle' && inbox.length > 0 ? 'queued' : status;
}
