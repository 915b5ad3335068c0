import { foldEvents } from '../core/evolve.ts';
import { getWaitReason } from '../core/model/state.ts';
import type { Catalog } from '../journal/catalog.ts';
import type { EventLog } from '../journal/event-log.ts';
import type { WaitingSession } from './sessions.ts';

/**
 * Lists waiting sessions with the reason why each waits. Sessions that have continued meanwhile, or cannot be
 * read, are left out.
 */
export async function listWaiting(journal: Catalog & EventLog, limit: number): Promise<WaitingSession[]> {
  const rows = await journal.listSessions({ status: 'waiting', limit });
  const found = await Promise.all(rows.map(({ session }) => readWait(journal, session)));
  return found.filter((each) => each !== undefined);
}

async function readWait(journal: EventLog, session: string): Promise<WaitingSession | undefined> {
  try {
    const { snapshot, events } = await journal.loadSession(session);
    const { turn } = foldEvents(events, snapshot);
    const what = turn && getWaitReason(turn);
    if (!what) return undefined;
    const limit = turn.budget.question?.reached.limit;
    const retryAt = what === 'retry' ? turn.retryAt : null;
    return { session, waitsFor: what, retryAt, ...(limit === undefined ? {} : { limit }) };
  } catch {
    return undefined;
  }
}
