import type { SessionStatus } from '../../../core/model/state.ts';
import type { ApprovalGrant, GrantKey } from '../../approvals.ts';
import type { DeliverOperation } from './delivery.ts';
import type { TimeOperation } from './time-operation.ts';

/**
 * Messages between the main thread and the writer thread. A request holds an array of operations; each reply
 * holds one result for each operation of a committed (or failed) group, in the order of the requests.
 */
export type WriteOperation =
  | AppendOperation
  | DeliverOperation
  | { kind: 'open_generation'; version: string; pid: number }
  | { kind: 'close_generation'; generation: number }
  | { kind: 'end_earlier'; generation: number; alive: readonly number[] }
  | { kind: 'leave'; generation: number; keep: readonly string[] }
  | { kind: 'claim'; session: string; generation: number }
  | { kind: 'snapshot'; session: string; seq: number; format: number; body: string }
  | { kind: 'damaged'; session: string; reason: string | null }
  | ({ kind: 'revoke' } & GrantKey)
  | { kind: 'blob'; id: string; data: Uint8Array }
  | { kind: 'probe' }
  | TimeOperation;

export interface AppendOperation {
  kind: 'append';
  session: string;
  generation: number;
  /** Position of the session that the caller expects; `null` when there are no events. */
  expected: number | null;
  events: readonly EventColumns[];
  consumed: readonly number[];
  status: SessionStatus;
  wakeAt: number | null;
  send: readonly DeliverOperation[];
  approvals: readonly ApprovalColumns[];
  grants: readonly ApprovalGrant[];
  release: boolean;
  yields: boolean;
}

/** Columns of an approval: id, state, the times of request, expiry and resolution, and the rest as JSON. */
export type ApprovalColumns = readonly [string, string, number, number, number | null, string];

/** Columns of an event: `at`, `type`, `v` (version of its shape) and `body` (JSON). */
export type EventColumns = readonly [number, string, number, string];

export type WriteResult = WriteDone | WriteRefused | WriteFailed;

/**
 * Result of an operation that was performed. `value` is the number of a generation, the position of a delivery,
 * the due time of a reminder, the number of inputs that an append sent, or the number of grants that were
 * revoked.
 */
export interface WriteDone {
  done: true;
  value: number;
  duplicate: boolean;
}

/**
 * Result of an operation that was refused before it wrote anything; the other operations of the group are not
 * affected.
 */
export type WriteRefused =
  | { done: false; refused: 'missing' }
  | { done: false; refused: 'full' }
  | { done: false; refused: 'closed'; approval: string }
  | { done: false; refused: 'unread' }
  | { done: false; refused: 'fenced'; owner: number | null }
  | { done: false; refused: 'conflict'; actual: number };

/** Result when the store could not be written. Nothing of the operation was kept, unless `uncertain` is set. */
export interface WriteFailed {
  done: false;
  refused: 'failed';
  why: string;
  /** The failure came after the commit may have reached the file, so the write may reappear after a crash. */
  uncertain: boolean;
  /** The store is damaged: trying again later does not help. */
  damaged: boolean;
}

/** Returns the input that an operation put into an inbox; `undefined` when it delivered none. */
export function findDelivery(
  operation: WriteOperation,
  { duplicate }: WriteDone,
): DeliverOperation | undefined {
  if (duplicate) return undefined;
  switch (operation.kind) {
    case 'deliver':
      return operation;
    case 'decide':
      return operation.fire?.deliver;
    case 'fire_reminder':
      return operation.deliver;
    default:
      return undefined;
  }
}

export interface WriterReply {
  answers: WriteResult[];
  /** Sessions that other processes have changed since the last reply. */
  foreign: string[];
}

/** Request to close the store and end the writer thread. */
export const CLOSE_REQUEST = 'close';

export type WriterRequest = WriteOperation[] | typeof CLOSE_REQUEST;
