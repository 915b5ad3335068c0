import type { Catalog, SessionFilter, SessionRow } from '../catalog.ts';
import { toSessionListing } from './session.ts';
import type { MemoryState } from './state.ts';

export function createMemoryCatalog(state: MemoryState): Catalog {
  const listRows = () => [...state.sessions.values()].map(toSessionListing);
  return {
    async findSession(name) {
      const session = state.sessions.get(name);
      return session && toSessionListing(session);
    },
    async listSessions(query) {
      const { after = '', limit } = query;
      return filterSessions(listRows(), query)
        .filter((row) => row.session > after)
        .sort((a, b) => (a.session < b.session ? -1 : 1))
        .slice(0, limit);
    },
    async listRecentSessions({ before, ...query }) {
      return filterSessions(listRows(), query)
        .filter((row) => before === undefined || compareRecent(before, row) < 0)
        .sort(compareRecent)
        .slice(0, query.limit);
    },
    async countSessions() {
      const counts = { idle: 0, queued: 0, running: 0, waiting: 0, quarantined: 0 };
      for (const { status } of listRows()) counts[status] += 1;
      return counts;
    },
    async listUnfinished() {
      return [...state.sessions.values()]
        .filter(({ damaged }) => damaged === null)
        .filter(({ status, inbox }) => !['idle', 'quarantined'].includes(status) || inbox.length > 0)
        .map(toSessionListing)
        .sort((a, b) => a.updatedAt - b.updatedAt);
    },
    async markDamaged(name, reason) {
      state.requireSession(name).damaged = reason;
    },
  };
}

function filterSessions(
  rows: SessionRow[],
  { status, agent, prefix = '', since = 0 }: SessionFilter,
): SessionRow[] {
  return rows
    .filter((row) => row.session.startsWith(prefix) && row.updatedAt >= since)
    .filter((row) => (status ?? row.status) === row.status && (agent ?? row.agent) === row.agent);
}

/** Orders rows newest first; rows that changed in the same millisecond are ordered by id. */
function compareRecent(a: Pick<SessionRow, 'updatedAt' | 'session'>, b: typeof a): number {
  return b.updatedAt - a.updatedAt || (a.session < b.session ? -1 : Number(a.session > b.session));
}
