/**
 * Results of the writer thread. Each operation gets one, in the order of the requests; a refusal carries all that
 * its error names.
 */
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
  | { done: false; refused: 'missing'; session: string }
  | { done: false; refused: 'blob'; blob: string }
  | { done: false; refused: 'full'; session: string }
  | { done: false; refused: 'closed'; session: string; approval: string }
  | { done: false; refused: 'unread'; session: string }
  | { done: false; refused: 'fenced'; session: string; generation: number; owner: number | null }
  | { done: false; refused: 'lease'; name: string; generation: number; holder: number | null }
  | { done: false; refused: 'not_serving'; generation: number }
  | { done: false; refused: 'conflict'; session: string; expected: number; actual: number };

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

/** Sends an operation to the writer thread; rejects with the error of a refusal or a failure. */
export type Write<Operation> = (operation: Operation) => Promise<WriteDone>;

export function writeDone(value = 0): WriteDone {
  return { done: true, value, duplicate: false };
}

/** Returns the result of an operation that changed nothing, because it had been done before or had nothing to do. */
export function nothingWritten(value = 0): WriteDone {
  return { done: true, value, duplicate: true };
}
