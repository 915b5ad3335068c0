import type { SQLOutputValue } from 'node:sqlite';
import type { SessionStatus } from '../../../core/model/state.ts';
import { parseLossless } from '../../../util/lossless-json.ts';
import type { ApprovalRow, Grant } from '../../approvals.ts';
import type { SessionRow } from '../../journal.ts';
import { integer, integerOrNull, text, textOrNull } from '../store/values.ts';
import type { StoredEvent } from '../write/records.ts';

type Row = Record<string, SQLOutputValue>;

/** Converts rows of the store to the types of the port. Throws TypeError when a column holds an unexpected type. */
export function toSessionRow(row: Row): SessionRow {
  return {
    session: text(row['name']),
    agent: text(row['agent']),
    owner: integerOrNull(row['owner']),
    seq: integer(row['seq']),
    status: toStatus(row['shown']),
    inputs: integer(row['pending']),
    wakeAt: integerOrNull(row['wake_at']),
    createdAt: integer(row['created_at']),
    updatedAt: integer(row['updated_at']),
    damaged: textOrNull(row['damaged']),
  };
}

export function toStoredEvent(row: Row): StoredEvent {
  return {
    seq: integer(row['seq']),
    at: integer(row['at']),
    type: text(row['type']),
    v: integer(row['v']),
    body: text(row['body']),
  };
}

/** Decodes a row that `encodeApproval` wrote; the columns override the same fields of the JSON body. */
export function toApproval(row: Row): ApprovalRow {
  const body: Omit<ApprovalRow, 'state' | 'requestedAt' | 'expiresAt' | 'resolvedAt'> = parseLossless(
    text(row['body']),
  );
  return {
    // Defaults for rows of earlier releases, which had no elicitations.
    ...{ inquiry: null, content: null },
    ...body,
    state: toApprovalState(text(row['state'])),
    requestedAt: integer(row['requested_at']),
    expiresAt: integer(row['expires_at']),
    resolvedAt: integerOrNull(row['resolved_at']),
  };
}

function toApprovalState(state: string): ApprovalRow['state'] {
  switch (state) {
    case 'pending':
    case 'approved':
    case 'denied':
    case 'expired':
      return state;
    default:
      return 'superseded';
  }
}

export function toGrant(row: Row): Grant {
  return {
    agent: text(row['agent']),
    session: textOrNull(row['session']),
    rule: text(row['rule']),
    at: integer(row['granted_at']),
    from: textOrNull(row['granted_by']),
  };
}

/**
 * Parses a stored status. A status that only a newer release knows is shown as quarantined: an operator must
 * look at it.
 */
export function toStatus(value: SQLOutputValue | undefined): SessionStatus {
  switch (value) {
    case 'idle':
    case 'queued':
    case 'running':
    case 'waiting':
      return value;
    default:
      return 'quarantined';
  }
}
