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
