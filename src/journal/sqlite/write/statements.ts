import type { DatabaseSync } from 'node:sqlite';
import { prepareAppendWriter } from '../roles/append.ts';
import { prepareApprovalWriter } from '../roles/approvals.ts';
import { prepareBlobWriter } from '../roles/blobs.ts';
import { prepareCatalogWriter } from '../roles/catalog.ts';
import { prepareCursorWriter } from '../roles/cursors.ts';
import { prepareEventLogWriter } from '../roles/event-log.ts';
import { prepareInboxWriter } from '../roles/inbox.ts';
import { prepareLeaseWriter } from '../roles/leases.ts';
import { prepareOwnershipWriter } from '../roles/ownership.ts';
import { prepareSessionStatements } from '../roles/session-row.ts';
import { prepareUsageWriter } from '../roles/usage.ts';
import { preparePositions } from '../store/positions.ts';
import { prepareTimeWriter } from '../time/writer.ts';

export type WriterStatements = ReturnType<typeof prepareWriterStatements>;

/** Prepares every SQL statement of the writer thread once, on the only connection that writes. */
export function prepareWriterStatements(db: DatabaseSync) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    sessions: prepareSessionStatements(db),
    append: prepareAppendWriter(db),
    approvals: prepareApprovalWriter(db),
    blobs: prepareBlobWriter(db),
    catalog: prepareCatalogWriter(db),
    cursors: prepareCursorWriter(db),
    eventLog: prepareEventLogWriter(db),
    inbox: prepareInboxWriter(db),
    leases: prepareLeaseWriter(db),
    ownership: prepareOwnershipWriter(db),
    time: prepareTimeWriter(db),
    usage: prepareUsageWriter(db),
    probe: db.prepare(
      `INSERT INTO meta (name, value) VALUES ('probed', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    ),
    dataVersion: db.prepare('PRAGMA data_version'),
    positions: preparePositions(db),
    changedBetween: db.prepare(
      `SELECT name FROM sessions WHERE id IN (
         SELECT session FROM events WHERE position > ? AND position <= ?
         UNION SELECT session FROM inbox WHERE entry > ? AND entry <= ?)`,
    ),
  };
}
