import type { DatabaseSync } from 'node:sqlite';
import type { ApprovalGrant } from '../../../core/approvals/grants.ts';
import { listEventBlobs } from '../../../core/blobs.ts';
import type { SessionStatus } from '../../../core/model/state.ts';
import { JournalConflictError } from '../../../errors/errors.ts';
import type { AppendBatch } from '../../ownership.ts';
import {
  type ApprovalColumns,
  type ApprovalStatements,
  encodeApproval,
  storeApprovals,
} from './approvals.ts';
import { referToBlobs } from './blobs.ts';
import { type DeliverOperation, type InboxStatements, sendInputs, toDeliverOperation } from './inbox.ts';
import { type EventColumns, encodeEvent } from './records.ts';
import { type WriteResult, writeDone } from './result.ts';
import { findStoredSession } from './session-row.ts';
import { addUsage, encodeUsage, type UsageColumns, type UsageStatements } from './usage.ts';

/** Message to the writer thread: one append, with everything that commits in the same transaction. */
export interface AppendOperation {
  kind: 'append';
  session: string;
  generation: number;
  /** Position of the session that the caller expects; `null` when there are no events. */
  expected: number | null;
  events: readonly EventColumns[];
  /** Blobs that the events refer to. */
  blobs: readonly string[];
  consumed: readonly number[];
  status: SessionStatus;
  wakeAt: number | null;
  send: readonly DeliverOperation[];
  approvals: readonly ApprovalColumns[];
  grants: readonly ApprovalGrant[];
  usage: readonly UsageColumns[];
  release: boolean;
  yields: boolean;
}

export interface AppendStatements extends InboxStatements, ApprovalStatements, UsageStatements {
  append: ReturnType<typeof prepareAppendWriter>;
}

/** Encodes an append. Throws JournalConflictError when its events are not consecutive. */
export function toAppendOperation(batch: AppendBatch): AppendOperation {
  const { session, events, release = false, yields = false, send = [] } = batch;
  const { approvals = [], grants = [], usage = [] } = batch;
  return {
    ...batch,
    kind: 'append',
    expected: expectedPosition(session, events),
    events: events.map(encodeEvent),
    blobs: events.flatMap(listEventBlobs),
    send: send.map((sent) => toDeliverOperation({ ...sent, at: events.at(-1)?.at ?? Date.now() })),
    approvals: approvals.map(encodeApproval),
    grants,
    usage: usage.map(encodeUsage),
    release,
    yields,
  };
}

/** Returns the position that the session must have before the append. */
function expectedPosition(session: string, events: AppendBatch['events']): number | null {
  const [first] = events;
  if (!first) return null;
  for (const [index, { seq }] of events.entries()) {
    if (seq !== first.seq + index) throw new JournalConflictError(session, seq - 1, first.seq + index - 1);
  }
  return first.seq - 1;
}

export function prepareAppendWriter(db: DatabaseSync) {
  return {
    addEvent: db.prepare('INSERT INTO events (session, seq, at, type, v, body) VALUES (?, ?, ?, ?, ?, ?)'),
    // Leaves `status` out, so that SQLite updates no index.
    advance: db.prepare(
      'UPDATE sessions SET seq = ?, wake_at = ?, updated_at = coalesce(?, updated_at) WHERE id = ?',
    ),
    settle: db.prepare(
      `UPDATE sessions SET seq = ?, wake_at = ?, updated_at = coalesce(?, updated_at), status = ?, pending = pending - ?
       WHERE id = ?`,
    ),
    findUnread: db.prepare(
      `SELECT 1 FROM inbox
       WHERE session = ? AND body IS NOT NULL AND body ->> '$.input.kind' IN ('cancel', 'approval')
         AND entry NOT IN (SELECT value FROM json_each(?))`,
    ),
    consume: db.prepare('UPDATE inbox SET body = NULL WHERE entry = ? AND session = ? AND body IS NOT NULL'),
    release: db.prepare('UPDATE sessions SET owner = NULL, held = NULL WHERE id = ?'),
  };
}

type StoredSession = NonNullable<ReturnType<typeof findStoredSession>>;

/** Performs an append inside the open transaction; the result's value is the number of inputs that it sent. */
export function executeAppend(sql: AppendStatements, operation: AppendOperation): WriteResult {
  const { session, release } = operation;
  const found = findStoredSession(sql, session);
  if (!found) return { done: false, refused: 'missing', session };
  const refusal = findRefusal(sql, operation, found);
  if (refusal) return refusal;
  writeSession(sql, operation, found);
  if (release) sql.append.release.run(found.id);
  storeApprovals(sql, found.id, operation);
  addUsage(sql, found.id, operation.usage);
  return writeDone(sendInputs(sql, operation.send));
}

function findRefusal(
  sql: AppendStatements,
  { session, generation, expected, consumed, yields }: AppendOperation,
  { id, seq, owner, pending }: StoredSession,
): WriteResult | undefined {
  if (owner !== generation) return { done: false, refused: 'fenced', session, generation, owner };
  if (expected !== null && expected !== seq) {
    return { done: false, refused: 'conflict', session, expected, actual: seq };
  }
  // The counter shows without reading the inbox whether any input is unread.
  const unread = yields && pending > consumed.length;
  if (unread && sql.append.findUnread.get(id, JSON.stringify(consumed))) {
    return { done: false, refused: 'unread', session };
  }
  return undefined;
}

function writeSession(sql: AppendStatements, operation: AppendOperation, session: StoredSession): void {
  const { id } = session;
  let last = session.seq;
  let updated: number | null = null;
  for (const [at, type, v, body] of operation.events) {
    last += 1;
    updated = at;
    sql.append.addEvent.run(id, last, at, type, v, body);
  }
  referToBlobs(sql, id, operation.blobs);
  let consumed = 0;
  for (const entry of operation.consumed) consumed += Number(sql.append.consume.run(entry, id).changes);
  const { status, wakeAt } = operation;
  if (consumed === 0 && status === session.status) sql.append.advance.run(last, wakeAt, updated, id);
  else sql.append.settle.run(last, wakeAt, updated, status, consumed, id);
}
