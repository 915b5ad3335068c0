import type { RecordedEvent } from '../../../core/model/events.ts';
import { type SessionState, STATE_FORMAT } from '../../../core/model/state.ts';
import { EVENT_VERSION, upcastEvent } from '../../../core/model/versions.ts';
import { parseLossless } from '../../../util/lossless-json.ts';
import type { DamagedRecord } from '../../event-log.ts';
import { describeStoreError } from '../store/failure.ts';
import { requireInteger, requireText, type StoreRow } from '../store/values.ts';

/** Columns of an event: `at`, `type`, `v` (version of its shape) and `body` (JSON). */
export type EventColumns = readonly [number, string, number, string];

export function encodeEvent(event: RecordedEvent): EventColumns {
  const { seq: _, at, type, ...body } = event;
  return [at, type, EVENT_VERSION[type], JSON.stringify(body)];
}

/** An event as it is stored, not decoded so far. */
export interface StoredEvent {
  seq: number;
  at: number;
  type: string;
  v: number;
  body: string;
}

export function toStoredEvent(row: StoreRow): StoredEvent {
  return {
    seq: requireInteger(row['seq']),
    at: requireInteger(row['at']),
    type: requireText(row['type']),
    v: requireInteger(row['v']),
    body: requireText(row['body']),
  };
}

/**
 * Decodes a stored event and upcasts it. Throws an Error whose message is the reason why the record cannot be
 * read.
 */
export function decodeEvent({ seq, at, type, v, body }: StoredEvent): RecordedEvent {
  return { ...upcastEvent({ type, v, body: parseRecord(body) }), seq, at };
}

/** Decodes a row of an event; one that cannot be read becomes a DamagedRecord. */
export function readRecord(row: StoreRow): RecordedEvent | DamagedRecord {
  const stored = toStoredEvent(row);
  try {
    return decodeEvent(stored);
  } catch (error) {
    return { seq: stored.seq, at: stored.at, type: 'damaged', reason: describeStoreError(error) };
  }
}

/**
 * Decodes a snapshot; `undefined` when this release cannot use it, because all its information is in the
 * journal too.
 */
export function decodeSnapshot(format: number, body: string): SessionState | undefined {
  if (format !== STATE_FORMAT) return undefined;
  try {
    const state: SessionState | null = parseLossless(body);
    return state?.format === format ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Parses the JSON of a record. Throws an Error whose message is the reason why the record cannot be read. */
export function parseRecord(body: string): unknown {
  try {
    return parseLossless(body);
  } catch {
    throw new Error('the record is not readable JSON');
  }
}
