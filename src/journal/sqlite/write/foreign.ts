import type { WriteResult } from '../roles/result.ts';
import { type Positions, readPositions } from '../store/positions.ts';
import { requireInteger, requireText } from '../store/values.ts';
import { findDelivery, type WriteOperation } from './operation.ts';
import type { WriterStatements } from './statements.ts';

/** Finds out which sessions other processes have changed. */
export interface ForeignChanges {
  /**
   * Returns the names of the sessions in which other processes wrote since the last call; cheap when there are
   * none.
   */
  findChanges(): string[];
  /** Records that these operations were committed, in a transaction that began by looking for foreign changes. */
  recordOwnWrites(operations: readonly WriteOperation[], answers: readonly WriteResult[]): void;
}

/**
 * Distinguishes other processes' writes from ours. `data_version` changes only with commits of other
 * connections, and the rows that we write directly follow those that were seen inside the same transaction.
 */
export function trackForeignChanges(sql: WriterStatements, since: Positions): ForeignChanges {
  let version: number | undefined;
  let { event, entry } = since;
  return {
    findChanges() {
      const now = readDataVersion(sql);
      if (now === version) return [];
      const last = readPositions(sql.positions);
      const changed = sql.changedBetween.all(event, last.event, entry, last.entry);
      version = now;
      ({ event, entry } = last);
      return changed.map((row) => requireText(row['name']));
    },
    recordOwnWrites(operations, answers) {
      for (const [index, operation] of operations.entries()) {
        const answer = answers[index];
        if (!answer?.done) continue;
        if (operation.kind === 'append') {
          event += operation.events.length;
        }
        if ('send' in operation) entry += answer.value;
        if (findDelivery(operation, answer)) entry += 1;
      }
    },
  };
}

function readDataVersion(sql: WriterStatements): number {
  return requireInteger(sql.dataVersion.get()?.['data_version']);
}
