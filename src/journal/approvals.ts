import type { ApprovalGrant, GrantKey } from '../core/approvals/grants.ts';
import type { ApprovalRecord } from '../core/approvals/records.ts';

/** Approvals of all sessions and the grants that were given with them, as lists read them. */
export interface Approvals {
  /** Lists approvals, newest first. Approvals of the same moment are ordered by id, so that the order is stable. */
  listApprovals(query: ApprovalQuery): Promise<ApprovalRow[]>;
  findApproval(id: string): Promise<ApprovalRow | undefined>;
  /** Lists every grant: for each agent, first those for all its sessions, then those for a single session. */
  listGrants(): Promise<ApprovalGrant[]>;
  /** Lists the rules of all grants that cover a session. A revoked grant is never among them. */
  listGrantedRules(session: string, agent: string): Promise<string[]>;
  /** Removes a grant; resolves with false when there is no such grant. */
  revokeGrant(grant: GrantKey): Promise<boolean>;
}

/**
 * Stored row of one approval, as lists read it. The session's events are authoritative; the same append that
 * writes them updates this row.
 */
export interface ApprovalRow extends ApprovalRecord {
  session: string;
  agent: string;
}

/**
 * Filters for listing approvals; a filter that is absent matches every row. `limit` is the largest number of
 * rows.
 */
export interface ApprovalQuery {
  session?: string;
  state?: ApprovalRow['state'];
  limit: number;
}
