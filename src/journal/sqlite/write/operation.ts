import type { SessionStatus } from '../../../core/model/state.ts';
import type { Grant, GrantName } from '../../approvals.ts';
import type { DeliverOperation } from './delivery.ts';
import type { TimeOperation } from './time-operation.ts';

/**
 * What the main thread asks of the writer thread, and the answers. Messages hold an array of operations; each message
 * back holds one answer for each operation of a committed (or failed) group, in the order in which they were asked.
 */
export type Operation =
  | AppendOperation
  | DeliverOperation
  | { kind: 'open_generation'; version: string; pid: number }
  | { kind: 'close_generation'; generation: number }
  | { kind: 'end_earlier'; generation: number; alive: readonly number[] }
  | { kind: 'leave'; generation: number; keep: readonly string[] }
  | { kind: 'claim'; session: string; generation: number }
  | { kind: 'snapshot'; session: string; seq: number; format: number; body: string }
  | { kind: 'damaged'; session: string; reason: string | null }
  | ({ kind: 'revoke' } & GrantName)
  | { kind: 'blob'; id: string; data: Uint8Array }
  | { kind: 'probe' }
  | TimeOperation;

export interface AppendOperation {
  kind: 'append';
  session: string;
  generation: number;
  /** The position of the session that the caller expects; `null` when there are no events. */
  expected: number | null;
  events: readonly EventColumns[];
  consumed: readonly number[];
  status: SessionStatus;
  wakeAt: number | null;
  send: readonly DeliverOperation[];
  approvals: readonly ApprovalColumns[];
  grants: readonly Grant[];
  release: boolean;
  yields: boolean;
}

/** Id, state, times, and the rest as JSON. */
export type ApprovalColumns = readonly [string, string, number, number, number | null, string];

/** `at`, `type`, `v` and `body` of an event. */
export type EventColumns = readonly [number, string, number, string];

export type Answer = Done | Refused | Failed;

/**
 * `value`: the number of a generation, the position of a delivery, when a reminder is due, how many inputs an append
 * sent or grants were revoked.
 */
export interface Done {
  done: true;
  value: number;
  duplicate: boolean;
}

/** Found out before anything was written: the others of the group are not affected. */
export type Refused =
  | { done: false; refused: 'missing' }
  | { done: false; refused: 'full' }
  | { done: false; refused: 'closed'; approval: string }
  | { done: false; refused: 'unread' }
  | { done: false; refused: 'fenced'; owner: number | null }
  | { done: false; refused: 'conflict'; actual: number };

/** The store could not be written; nothing of the operation was kept, unless that is uncertain. */
export interface Failed {
  done: false;
  refused: 'failed';
  why: string;
  /** The failure came after the commit had reached the file. */
  uncertain: boolean;
  /** Waiting does not help. */
  damaged: boolean;
}

/** What an operation put into an inbox; `undefined` when it did not. */
export function delivered(operation: Operation, { duplicate }: Done): DeliverOperation | undefined {
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

export interface Reply {
  answers: Answer[];
  /** Sessions that other processes changed. */
  foreign: string[];
}

/** Asks the writer to close the store and end. */
export const CLOSE = 'close';

export type Request = Operation[] | typeof CLOSE;
