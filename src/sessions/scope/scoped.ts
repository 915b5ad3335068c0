import { ApprovalNotFoundError } from '../../errors/approvals.ts';
import { SessionNotFoundError } from '../../errors/errors.ts';
import type { ApprovalQuery, ApprovalRow } from '../../journal/approvals.ts';
import type { RecentQuery, SessionQuery, SessionRow } from '../../journal/catalog.ts';
import type { MayRead, NewMessage, Sessions } from '../sessions.ts';
import { isInScope, type SessionScope } from './scope.ts';

/** What a client with limits may use: every method is about sessions that it may see. */
export type ScopedSessions = Omit<Sessions, 'countByStatus' | 'listWaiting' | 'listGrants' | 'revokeGrant'>;

/** Rows that are read at once where a limit leaves some of them out. */
const PAGE = 500;

/** Approvals that are searched for those in scope, newest first. */
const MAX_APPROVALS = 10_000;

/**
 * Returns the sessions as a client with limits sees them. A session out of scope does not exist for it: every method
 * rejects with the error for a session that was never created, and lists, feed and search leave it out.
 */
export function restrictSessions(all: Sessions, scope: SessionScope): ScopedSessions {
  const covers = ({ session, agent }: { session: string; agent: string }) => isInScope(scope, session, agent);
  const find = async (session: string): Promise<SessionRow | undefined> => {
    const [row] = await all.list({ prefix: session, limit: 1 });
    return row?.session === session ? row : undefined;
  };
  /** Runs `work` when the session is in scope. */
  const within = async <T>(session: string, work: () => Promise<T>): Promise<T> => {
    const row = await find(session);
    if (!row || !covers(row)) throw new SessionNotFoundError(session);
    return work();
  };
  const mayRead: MayRead = covers;
  return {
    store: all.store,
    sendMessage: async (session, message) =>
      all.sendMessage(session, await admitMessage(session, message, scope, await find(session))),
    storeFile: (file) => all.storeFile(file),
    openFile: (session, blob) => within(session, () => all.openFile(session, blob)),
    cancelInputs: (session, by) => within(session, () => all.cancelInputs(session, by)),
    waitForOutcome: (session, input, after, signal) =>
      within(session, () => all.waitForOutcome(session, input, after, signal)),
    decideApproval: (session, approval, decision) =>
      within(session, () => all.decideApproval(session, approval, decision)),
    listApprovals: (query) => listApprovals(all, query, covers),
    async getApproval(id) {
      const row = await all.getApproval(id);
      if (!covers(row)) throw new ApprovalNotFoundError(id);
      return row;
    },
    releaseSession: (session, by) => within(session, () => all.releaseSession(session, by)),
    viewSession: (session) => within(session, () => all.viewSession(session)),
    list: (query) => listById(all, query, covers),
    listRecentSessions: (query) => listRecent(all, query, covers),
    findStoreFault: () => all.findStoreFault(),
    readTranscript: (session, after, limit) =>
      within(session, () => all.readTranscript(session, after, limit)),
    readEffects: (session, after, limit) => within(session, () => all.readEffects(session, after, limit)),
    readEvents: (session, after, limit) => within(session, () => all.readEvents(session, after, limit)),
    reportUsage: (request) => all.reportUsage({ ...request, mayRead }),
    readFeed: (request) => all.readFeed({ ...request, mayRead }),
    findFeedEnd: () => all.findFeedEnd(),
    followFeed: (request, signal) => all.followFeed({ ...request, mayRead }, signal),
    async *followSession(session, after, signal) {
      yield* await within(session, async () => all.followSession(session, after, signal));
    },
  };
}

/**
 * Returns the message with the agent of the session that it creates: the one that it names, or the first agent of the
 * scope. Throws SessionNotFoundError for a session out of scope, whether it exists or not.
 */
async function admitMessage(
  session: string,
  message: NewMessage,
  scope: SessionScope,
  row: SessionRow | undefined,
): Promise<NewMessage> {
  const [first] = scope.agents ?? [];
  const agent = row?.agent ?? message.agent ?? first;
  if (!isInScope(scope, session, agent ?? '')) throw new SessionNotFoundError(session);
  return row || agent === undefined ? message : { ...message, agent };
}

type Covers = (row: { session: string; agent: string }) => boolean;

async function listApprovals(all: Sessions, query: ApprovalQuery, covers: Covers): Promise<ApprovalRow[]> {
  const rows = await all.listApprovals({ ...query, limit: MAX_APPROVALS });
  return rows.filter(covers).slice(0, query.limit);
}

function listById(all: Sessions, query: SessionQuery, covers: Covers): Promise<SessionRow[]> {
  const read = (last: SessionRow | undefined) =>
    all.list({ ...query, limit: PAGE, ...(last && { after: last.session }) });
  return collectRows(read, query.limit, covers);
}

function listRecent(all: Sessions, query: RecentQuery, covers: Covers): Promise<SessionRow[]> {
  const read = (last: SessionRow | undefined) =>
    all.listRecentSessions({ ...query, limit: PAGE, ...(last && { before: last }) });
  return collectRows(read, query.limit, covers);
}

/** Reads pages until `limit` rows are covered or there are no more. */
async function collectRows(
  read: (last: SessionRow | undefined) => Promise<SessionRow[]>,
  limit: number,
  covers: Covers,
): Promise<SessionRow[]> {
  const found: SessionRow[] = [];
  for (let last: SessionRow | undefined; ; ) {
    const page = await read(last);
    found.push(...page.filter(covers));
    if (found.length >= limit || page.length < PAGE) return found.slice(0, limit);
    last = page.at(-1);
  }
}
