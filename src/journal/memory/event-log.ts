import { STATE_FORMAT } from '../../core/model/state.ts';
import { cloneJson } from '../../util/lossless-json.ts';
import type { EventLog } from '../event-log.ts';
import type { MemoryState } from './state.ts';

export function createMemoryEventLog(state: MemoryState): EventLog {
  return {
    async readEvents(name, after, limit) {
      const events = state.sessions.get(name)?.events ?? [];
      return cloneJson(events.slice(after, after + limit));
    },
    async readFeed({ after, limit, prefix = '', types }) {
      const end = state.feed.length;
      const found = state.feed
        .slice(after)
        .filter(({ session, event }) => session.startsWith(prefix) && (types?.includes(event.type) ?? true))
        .slice(0, limit);
      const next = found.length === limit ? found.at(-1)?.position : Math.max(after, end);
      return cloneJson({ events: found, next: next ?? after, end });
    },
    findFeedEnd: async () => state.feed.length,
    async loadSession(name) {
      const { snapshot, events } = state.requireSession(name);
      const usable = snapshot?.format === STATE_FORMAT ? snapshot : undefined;
      return cloneJson({ snapshot: usable, events: events.slice(usable?.seq ?? 0) });
    },
    async saveSnapshot(name, snapshot) {
      const session = state.requireSession(name);
      if (snapshot.seq >= (session.snapshot?.seq ?? 0)) session.snapshot = cloneJson(snapshot);
    },
    watch(listener) {
      state.listeners.add(listener);
      return () => state.listeners.delete(listener);
    },
  };
}
