import type { Input, RecordedEvent } from '../../../core/model/events.ts';
import { type SessionState, STATE_FORMAT } from '../../../core/model/state.ts';
import { EVENT_VERSION, upcastEvent } from '../../../core/model/versions.ts';
import { parseLossless } from '../../../util/lossless-json.ts';
import type { ApprovalRow } from '../../approvals.ts';
import type { ApprovalColumns, EventColumns } from './operation.ts';

/** Encodes events, approvals, inputs and snapshots as columns; the only module that knows what these columns mean. */
export function encodeEvent(event: RecordedEvent): EventColumns {
  const { seq: _, at, type, ...body } = event;
  return [at, type, EVENT_VERSION[type], JSON.stringify(body)];
}

export function encodeApproval(row: ApprovalRow): ApprovalColumns {
  const { approval, state, requestedAt, expiresAt, resolvedAt, ...rest } = row;
  return [approval, state, requestedAt, expiresAt, resolvedAt, JSON.stringify({ approval, ...rest })];
}

export interface StoredEvent {
  seq: number;
  at: number;
  type: string;
  v: number;
  body: string;
}

/**
 * Decodes a stored event and upcasts it. Throws an Error whose message is the reason why the record cannot be
 * read.
 */
export function decodeEvent({ seq, at, type, v, body }: StoredEvent): RecordedEvent {
  return { ...upcastEvent({ type, v, body: parseRecord(body) }), seq, at };
}

/**
 * Encodes an input in the shape in which `input_received` will record it, so that it shares that event's
 * versions.
 */
export function encodeInput(input: Input): { v: number; body: string } {
  return { v: EVENT_VERSION.input_received, body: JSON.stringify({ input }) };
}

/**
 * Decodes a stored input and upcasts it. Throws an Error whose message is the reason why the input cannot be
 * read.
 */
export function decodeInput(v: number, body: string): Input {
  const event = upcastEvent({ type: 'input_received', v, body: parseRecord(body) });
  if (event.type !== 'input_received') throw new Error(`an input became "${event.type}"`);
  return event.input;
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

function parseRecord(body: string): unknown {
  try {
    return parseLossless(body);
  } catch {
    throw new Error('the record is not readable JSON');
  }
}
