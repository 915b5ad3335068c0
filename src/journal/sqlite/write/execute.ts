import { executeAppend } from '../roles/append.ts';
import { executeRevoke } from '../roles/approvals.ts';
import { executeBlob } from '../roles/blobs.ts';
import { executeDamaged } from '../roles/catalog.ts';
import { executeAdvance } from '../roles/cursors.ts';
import { executeSnapshot } from '../roles/event-log.ts';
import { executeDeliver } from '../roles/inbox.ts';
import { executeLease } from '../roles/leases.ts';
import { executeOwnership } from '../roles/ownership.ts';
import { type WriteResult, writeDone } from '../roles/result.ts';
import { executeTime } from '../time/writer.ts';
import type { WriteOperation } from './operation.ts';
import type { WriterStatements } from './statements.ts';

/**
 * Performs one operation inside the open transaction. Checks everything before it writes, so that a refusal
 * needs no savepoint. Throws only what SQLite throws.
 */
export function executeOperation(sql: WriterStatements, operation: WriteOperation): WriteResult {
  switch (operation.kind) {
    case 'append':
      return executeAppend(sql, operation);
    case 'deliver':
      return executeDeliver(sql, operation);
    case 'open_generation':
    case 'close_generation':
    case 'end_earlier':
    case 'leave':
    case 'claim':
      return executeOwnership(sql, operation);
    case 'snapshot':
      return executeSnapshot(sql, operation);
    case 'damaged':
      return executeDamaged(sql, operation);
    case 'revoke':
      return executeRevoke(sql, operation);
    case 'blob':
    case 'remove_blob':
      return executeBlob(sql, operation);
    case 'acquire_lease':
    case 'release_lease':
      return executeLease(sql, operation);
    case 'advance_cursor':
      return executeAdvance(sql, operation);
    case 'probe':
      sql.probe.run(String(Date.now()));
      return writeDone();
    default:
      return executeTime(sql, operation);
  }
}
