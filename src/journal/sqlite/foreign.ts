import type { WriterStatements } from './statements.ts';
import { integer, text } from './values.ts';

export interface ForeignChanges {
  /** Names of the sessions in which other processes wrote since the last look; cheap when there are none. */
  look(): string[];
  /** Call inside the transaction after writing; call what it returns once the commit has succeeded. */
  mark(): () => void;
}

/**
 * Tells other processes' writes from ours: `data_version` changes only by commits of other connections, and what we
 * write ourselves is marked as seen. Missing nothing matters, so a mark is taken only after its commit.
 */
export function trackForeignChanges(sql: WriterStatements): ForeignChanges {
  let version = dataVersion(sql);
  let seen = positions(sql);
  return {
    look() {
      const now = dataVersion(sql);
      if (now === version) return [];
      const last = positions(sql);
      const changed = sql.changedBetween.all(seen.event, last.event, seen.entry, last.entry);
      version = now;
      seen = last;
      return changed.map((row) => text(row['name']));
    },
    mark() {
      const written = positions(sql);
      return () => {
        seen = written;
      };
    },
  };
}

function dataVersion(sql: WriterStatements): number {
  return integer(sql.dataVersion.get()?.['data_version']);
}

function positions(sql: WriterStatements) {
  const row = sql.positions.get();
  return { event: integer(row?.['event']), entry: integer(row?.['entry']) };
}
