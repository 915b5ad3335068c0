import type { AppendOperation } from '../roles/append.ts';
import type { RevokeOperation } from '../roles/approvals.ts';
import type { BlobOperation } from '../roles/blobs.ts';
import type { DamagedOperation } from '../roles/catalog.ts';
import type { CursorOperation } from '../roles/cursors.ts';
import type { SnapshotOperation } from '../roles/event-log.ts';
import type { DeliverOperation } from '../roles/inbox.ts';
import type { LeaseOperation } from '../roles/leases.ts';
import type { OwnershipOperation } from '../roles/ownership.ts';
import type { WriteDone, WriteResult } from '../roles/result.ts';
import type { TimeOperation } from '../time/writer.ts';

/**
 * Messages between the main thread and the writer thread. A request holds an array of operations; each reply
 * holds one result for each operation of a committed (or failed) group, in the order of the requests.
 */
export type WriteOperation =
  | AppendOperation
  | DeliverOperation
  | OwnershipOperation
  | SnapshotOperation
  | DamagedOperation
  | RevokeOperation
  | BlobOperation
  | LeaseOperation
  | CursorOperation
  | TimeOperation
  | { kind: 'probe' };

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
