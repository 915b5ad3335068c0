import type { DatabaseSync } from 'node:sqlite';
import { listInputBlobs } from '../../../core/blobs.ts';
import type { Input } from '../../../core/model/events.ts';
import { EVENT_VERSION, upcastEvent } from '../../../core/model/versions.ts';
import { DamagedSessionError } from '../../../errors/errors.ts';
import type { Inbox, InboxEntry, InputDelivery, InputReceipt } from '../../inbox.ts';
import { describeStoreError } from '../store/failure.ts';
import { requireInteger, requireText, type StoreRow } from '../store/values.ts';
import { type BlobStatements, findMissingBlob, referToBlobs } from './blobs.ts';
import { parseRecord } from './records.ts';
import { nothingWritten, type Write, type WriteDone, type WriteResult, writeDone } from './result.ts';
import { findStoredSession, type SessionStatements } from './session-row.ts';

/** The inbox on SQLite: how a delivery is encoded, stored by the writer thread, acknowledged and read. */
export interface DeliverOperation {
  kind: 'deliver';
  session: string;
  agent: string | null;
  input: string;
  at: number;
  v: number;
  body: string;
  /** Id of the approval that the input decides; null when it is not a decision. */
  decides: string | null;
  /** Blobs that the input refers to; all must be stored. */
  blobs: readonly string[];
}

export interface InboxStatements extends SessionStatements, BlobStatements {
  inbox: ReturnType<typeof prepareInboxWriter>;
}

export function createInbox(write: Write<DeliverOperation>, db: DatabaseSync): Inbox {
  const unconsumed = db.prepare(
    `SELECT i.entry, i.at, i.v, i.body, s.agent FROM sessions s JOIN inbox i ON i.session = s.id
     WHERE s.name = ? AND i.body IS NOT NULL ORDER BY i.entry`,
  );
  return {
    async deliver(delivery) {
      return toReceipt(delivery, await write(toDeliverOperation(delivery)));
    },
    async readInbox(session) {
      return unconsumed.all(session).map((row) => toInboxEntry(session, row));
    },
  };
}

/**
 * Encodes an input in the shape in which `input_received` will record it, so that it shares that event's
 * versions.
 */
export function toDeliverOperation({ session, agent, input, at }: InputDelivery): DeliverOperation {
  const decides = input.kind === 'approval' ? input.approval : null;
  const record = { v: EVENT_VERSION.input_received, body: JSON.stringify({ input }) };
  return {
    ...{ kind: 'deliver', session, agent, input: input.id, at, ...record },
    ...{ decides, blobs: listInputBlobs(input) },
  };
}

export function toReceipt({ session, input }: InputDelivery, { value, duplicate }: WriteDone): InputReceipt {
  return { session, input: input.id, seq: value, duplicate };
}

export function prepareInboxWriter(db: DatabaseSync) {
  return {
    find: db.prepare('SELECT seq FROM inbox WHERE session = ? AND input = ?'),
    isOpen: db.prepare(
      `SELECT 1 FROM approvals WHERE id = ? AND session = ? AND state = 'pending' AND expires_at > ?`,
    ),
    add: db.prepare('INSERT INTO inbox (session, input, seq, at, v, body) VALUES (?, ?, ?, ?, ?, ?)'),
    addPending: db.prepare('UPDATE sessions SET pending = pending + 1, updated_at = ? WHERE id = ?'),
  };
}

/**
 * Stores an input, and its session if new, inside the open transaction; refuses it when its approval is no
 * longer open or a blob of it is not stored.
 */
export function executeDeliver(sql: InboxStatements, operation: DeliverOperation): WriteResult {
  const { session, agent, input, at, v, body, decides, blobs } = operation;
  const found = findStoredSession(sql, session);
  if (!found && agent === null) return { done: false, refused: 'missing', session };
  const first = found && sql.inbox.find.get(found.id, input);
  if (first) return nothingWritten(requireInteger(first['seq']));
  const missing = findMissingBlob(sql, blobs);
  if (missing !== undefined) return { done: false, refused: 'blob', blob: missing };
  if (decides !== null && !(found && sql.inbox.isOpen.get(decides, found.id, at))) {
    return { done: false, refused: 'closed', session, approval: decides };
  }
  const id = found?.id ?? Number(sql.sessions.add.run(session, agent, at, at).lastInsertRowid);
  const seq = found?.seq ?? 0;
  sql.inbox.add.run(id, input, seq, at, v, body);
  sql.inbox.addPending.run(at, id);
  referToBlobs(sql, id, blobs);
  return writeDone(seq);
}

/** Stores inputs that commit with another write, and drops those that are refused; returns how many were new. */
export function sendInputs(sql: InboxStatements, send: readonly DeliverOperation[]): number {
  let stored = 0;
  for (const input of send) {
    const answer = executeDeliver(sql, input);
    if (answer.done && !answer.duplicate) stored += 1;
  }
  return stored;
}

/** Decodes a row of the inbox. Throws DamagedSessionError with the entry and the reason. */
function toInboxEntry(session: string, row: StoreRow): InboxEntry {
  const entry = requireInteger(row['entry']);
  try {
    return {
      entry,
      at: requireInteger(row['at']),
      agent: requireText(row['agent']),
      input: decodeInput(row),
    };
  } catch (error) {
    throw new DamagedSessionError(session, `input ${entry}: ${describeStoreError(error)}`);
  }
}

function decodeInput(row: StoreRow): Input {
  const record = { v: requireInteger(row['v']), body: parseRecord(requireText(row['body'])) };
  const event = upcastEvent({ type: 'input_received', ...record });
  if (event.type !== 'input_received') throw new Error(`an input became "${event.type}"`);
  return event.input;
}
