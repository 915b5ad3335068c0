import type { DatabaseSync } from 'node:sqlite';
import type { ApprovalGrant, GrantKey } from '../../../core/approvals/grants.ts';
import { parseLossless } from '../../../util/lossless-json.ts';
import type { ApprovalQuery, ApprovalRow, Approvals } from '../../approvals.ts';
import {
  requireInteger,
  requireIntegerOrNull,
  requireText,
  requireTextOrNull,
  type StoreRow,
} from '../store/values.ts';
import { type Write, type WriteResult, writeDone } from './result.ts';

/** Columns of an approval: id, state, the times of request, expiry and resolution, and the rest as JSON. */
export type ApprovalColumns = readonly [string, string, number, number, number | null, string];

/** Message to the writer thread: remove this grant. Approvals and grants are written by an append. */
export interface RevokeOperation extends GrantKey {
  kind: 'revoke';
}

export interface ApprovalStatements {
  approvals: ReturnType<typeof prepareApprovalWriter>;
}

export type ApprovalReader = ReturnType<typeof prepareApprovalReader>;

export function createApprovals(write: Write<RevokeOperation>, sql: ApprovalReader): Approvals {
  return {
    listApprovals: async (query) => selectApprovals(sql, query).map(toApproval),
    findApproval: async (id) => findStoredApproval(sql, id),
    listGrants: async () => sql.grants.all().map(toGrant),
    async listGrantedRules(session, agent) {
      return sql.granted.all({ session, agent }).map(({ rule }) => requireText(rule));
    },
    async revokeGrant({ agent, session, rule }) {
      return (await write({ kind: 'revoke', agent, session, rule })).value > 0;
    },
  };
}

export function findStoredApproval(sql: ApprovalReader, id: string): ApprovalRow | undefined {
  const row = sql.approval.get(id);
  return row && toApproval(row);
}

export function prepareApprovalReader(db: DatabaseSync) {
  return {
    approvals: db.prepare(
      `${APPROVAL} WHERE ($state IS NULL OR state = $state) ORDER BY requested_at DESC, id DESC LIMIT $limit`,
    ),
    pendingApprovals: db.prepare(
      `${APPROVAL} WHERE state = 'pending' ORDER BY requested_at DESC, id DESC LIMIT $limit`,
    ),
    approvalsOfSession: db.prepare(
      `${APPROVAL} WHERE session = (SELECT id FROM sessions WHERE name = $session)
         AND ($state IS NULL OR state = $state)
       ORDER BY requested_at DESC, id DESC LIMIT $limit`,
    ),
    approval: db.prepare(`${APPROVAL} WHERE id = ?`),
    grants: db.prepare(
      `SELECT agent, NULL AS session, rule, granted_at, granted_by FROM grants
       UNION ALL
       SELECT s.agent, s.name, g.rule, g.granted_at, g.granted_by
       FROM session_grants g JOIN sessions s ON s.id = g.session
       ORDER BY agent, session, rule`,
    ),
    granted: db.prepare(
      `SELECT rule FROM grants WHERE agent = $agent
       UNION ALL
       SELECT rule FROM session_grants WHERE session = (SELECT id FROM sessions WHERE name = $session)`,
    ),
  };
}

const APPROVAL = 'SELECT state, requested_at, expires_at, resolved_at, body FROM approvals';

export function prepareApprovalWriter(db: DatabaseSync) {
  return {
    put: db.prepare(
      `INSERT INTO approvals (id, session, state, requested_at, expires_at, resolved_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, resolved_at = excluded.resolved_at, body = excluded.body`,
    ),
    addGrant: db.prepare(
      `INSERT INTO grants (agent, rule, granted_at, granted_by) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    addSessionGrant: db.prepare(
      `INSERT INTO session_grants (session, rule, granted_at, granted_by) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    revoke: db.prepare('DELETE FROM grants WHERE agent = ? AND rule = ?'),
    revokeOfSession: db.prepare(
      `DELETE FROM session_grants
       WHERE rule = ? AND session = (SELECT id FROM sessions WHERE name = ? AND agent = ?)`,
    ),
  };
}

/** Writes the approvals and grants of an append to the session with this row id. */
export function storeApprovals(
  { approvals: sql }: ApprovalStatements,
  session: number,
  { approvals, grants }: { approvals: readonly ApprovalColumns[]; grants: readonly ApprovalGrant[] },
): void {
  for (const [id, state, requested, expires, resolved, body] of approvals) {
    sql.put.run(id, session, state, requested, expires, resolved, body);
  }
  for (const { agent, session: only, rule, at, from } of grants) {
    if (only === null) sql.addGrant.run(agent, rule, at, from);
    else sql.addSessionGrant.run(session, rule, at, from);
  }
}

/** Removes a grant; the result's value is 0 when there was none. */
export function executeRevoke({ approvals: sql }: ApprovalStatements, grant: GrantKey): WriteResult {
  const { agent, session, rule } = grant;
  const { changes } =
    session === null ? sql.revoke.run(agent, rule) : sql.revokeOfSession.run(rule, session, agent);
  return writeDone(Number(changes));
}

export function encodeApproval(row: ApprovalRow): ApprovalColumns {
  const { approval, state, requestedAt, expiresAt, resolvedAt, ...rest } = row;
  return [approval, state, requestedAt, expiresAt, resolvedAt, JSON.stringify({ approval, ...rest })];
}

function selectApprovals(sql: ApprovalReader, { session, state, limit }: ApprovalQuery): StoreRow[] {
  if (session !== undefined) return sql.approvalsOfSession.all({ session, state: state ?? null, limit });
  return state === 'pending'
    ? sql.pendingApprovals.all({ limit })
    : sql.approvals.all({ state: state ?? null, limit });
}

/** Decodes a row that `encodeApproval` wrote; the columns override the same fields of the JSON body. */
function toApproval(row: StoreRow): ApprovalRow {
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

function toGrant(row: StoreRow): ApprovalGrant {
  return {
    agent: requireText(row['agent']),
    session: requireTextOrNull(row['session']),
    rule: requireText(row['rule']),
    at: requireInteger(row['granted_at']),
    from: requireTextOrNull(row['granted_by']),
  };
}
