import type { SQLOutputValue } from 'node:sqlite';
import { integer, text } from '../store/values.ts';
import { type Answer, delivered, type Operation } from './operation.ts';
import type { WriterStatements } from './statements.ts';

/** The last event and the last inbox entry of the whole store, over all sessions. */
export interface Positions {
  event: number;
  entry: number;
}

/** Finds out which sessions other processes have changed. */
export interface ForeignChanges {
  /**
   * Returns the names of the sessions in which other processes wrote since the last call; cheap when there are
   * none.
   */
  look(): string[];
  /** Records that these operations were committed, in a transaction that began by looking for foreign changes. */
  wrote(operations: readonly Operation[], answers: readonly Answer[]): void;
}

/**
 * Distinguishes other processes' writes from ours. `data_version` changes only with commits of other
 * connections, and the rows that we write directly follow those that were seen inside the same transaction.
 */
export function trackForeignChanges(sql: WriterStatements, since: Positions): ForeignChanges {
  let version: number | undefined;
  let { event, entry } = since;
  return {
    look() {
      const now = dataVersion(sql);
      if (now === version) return [];
      const last = positions(sql);
      const changed = sql.changedBetween.all(event, last.event, entry, last.entry);
      version = now;
      ({ event, entry } = last);
      return changed.map((row) => text(row['name']));
    },
    wrote(operations, answers) {
      for (const [index, operation] of operations.entries()) {
        const answer = answers[index];
        if (!answer?.done) continue;
        if (operation.kind === 'append') {
          event += operation.events.length;
          entry += answer.value;
        }
        if (delivered(operation, answer)) entry += 1;
      }
    },
  };
}

function dataVersion(sql: WriterStatements): number {
  return integer(sql.dataVersion.get()?.['data_version']);
}

function positions(sql: WriterStatements): Positions {
  return toPositions(sql.positions.get());
}

export function toPositions(row: Record<string, SQLOutputValue> | undefined): Positions {
  return { event: integer(row?.['event']), entry: integer(row?.['entry']) };
}
