import type { DatabaseSync } from 'node:sqlite';
import type { EventLog, FeedEvent, FeedQuery, FeedSlice } from '../../event-log.ts';
import { requireInteger, requireText, type StoreRow } from '../store/values.ts';
import { readRecord } from './records.ts';

/**
 * Positions that one read of the feed looks at, so that a filter that matches little does not block the event
 * loop: a few milliseconds.
 */
const STRETCH = 2_000;

/**
 * Creates the reads of the feed. A position is the row id of an event. The writer assigns it inside its
 * transaction, and SQLite lets only one process write at a time, so positions are in the order of the commits.
 */
export function createFeedReader(db: DatabaseSync): Pick<EventLog, 'readFeed' | 'findFeedEnd'> {
  const sql = prepareFeedReader(db);
  const findEnd = () => requireInteger(sql.end.get()?.['position']);
  return {
    readFeed: async (query) => readSlice(sql, query, findEnd()),
    findFeedEnd: async () => findEnd(),
  };
}

/** Reads one stretch. `end` was read before, so every event up to it is visible to this read. */
function readSlice(sql: ReturnType<typeof prepareFeedReader>, query: FeedQuery, end: number): FeedSlice {
  const { after, limit, prefix = '', types } = query;
  const until = after + STRETCH;
  const names = types === undefined ? null : JSON.stringify(types);
  const rows = sql.feed.all({ after, until, from: prefix, to: `${prefix}\u{10ffff}`, types: names, limit });
  const events = rows.map(toFeedEvent);
  const last = events.at(-1)?.position ?? after;
  const next = events.length === limit ? last : Math.max(last, Math.min(until, end));
  return { events, next, end: Math.max(end, last) };
}

export function prepareFeedReader(db: DatabaseSync) {
  return {
    end: db.prepare('SELECT coalesce(max(position), 0) AS position FROM events'),
    // The cross join keeps SQLite from starting with the sessions.
    feed: db.prepare(
      `SELECT e.position, s.name, s.agent, e.seq, e.at, e.type, e.v, e.body
       FROM events e CROSS JOIN sessions s ON s.id = e.session
       WHERE e.position > $after AND e.position <= $until AND s.name >= $from AND s.name < $to
         AND ($types IS NULL OR e.type IN (SELECT value FROM json_each($types)))
       ORDER BY e.position LIMIT $limit`,
    ),
  };
}

function toFeedEvent(row: StoreRow): FeedEvent {
  return {
    position: requireInteger(row['position']),
    session: requireText(row['name']),
    agent: requireText(row['agent']),
    event: readRecord(row),
  };
}
