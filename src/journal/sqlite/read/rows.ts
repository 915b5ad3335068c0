import type { SQLOutputValue } from 'node:sqlite';
import type { SessionStatus } from '../../../core/model/state.ts';
import { parseLossless } from '../../../util/lossless-json.ts';
import type { ApprovalGrant, ApprovalRow } from '../../approvals.ts';
import type { SessionRow } from '../../journal.ts';
import { requireInteger, requireIntegerOrNull, requireText, requireTextOrNull } from '../store/values.ts';
import type { StoredEvent } from '../write/records.ts';

type Row = Record<string, SQLOutputValue>;

/** Converts rows of the store to the types of the port. Throws TypeError when a column holds an unexpected type. */
export function toSessionRow(row: Row): SessionRow {
  return {
    session: requireText(row['name']),
    agent: requireText(row['agent']),
    owner: requireIntegerOrNull(row['owner']),
    seq: requireInteger(row['seq']),
    status: toStatus(row['shown']),
    inputs: requireInteger(row['pending']),
    wakeAt: requireIntegerOrNull(row['wake_at']),
    createdAt: requireInteger(row['created_at']),
    updatedAt: requireInteger(row['updated_at']),
    damaged: requireTextOrNull(row['damaged']),
  };
}

export function toStoredEvent(row: Row): StoredEvent {
  return {
    seq: requireInteger(row['seq']),
    at: requireInteger(row['at']),
    type: requireText(row['type']),
    v: requireInteger(row['v']),
    body: requireText(row['body']),
  };
}

/** Decodes a row that `encodeApproval` wrote; the columns override the same fields of the JSON body. */
export function toApproval(row: Row): ApprovalRow {
  const body: Omit<ApprovalRow, 'state' | 'requestedAt' | 'expiresAt' | 'resolvedAt'> = parseLossless(
    requireText(row['body']),
  );
  return {
    // Defaults for rows of earlier releases, which had no elicitations.
    ...{ inquiry: null, content: null },
    ...body,
    state: toApprovalState(requireText(row['state'])),
    requestedAt: requireInteger(row['requested_at']),
    expiresAt: requireInteger(row['expires_at']),
    resolvedAt: requireIntegerOrNull(row['resolved_at']),
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

export function toGrant(row: Row): ApprovalGrant {
  return {
    agent: requireText(row['agent']),
    session: requireTextOrNull(row['session']),
    rule: requireText(row['rule']),
    at: requireInteger(row['granted_at']),
    from: requireTextOrNull(row['granted_by']),
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
