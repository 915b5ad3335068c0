import type { ApprovalRecord } from '../core/approvals/records.ts';

/** A question to people. Its truth is in the session's events; this row follows in the same append. */
export interface ApprovalRow extends ApprovalRecord {
  session: string;
  agent: string;
}

/** What people have approved for more than one call. */
export interface Grant extends GrantName {
  at: number;
  from: string | null;
}

/** What tells a grant from others. */
export interface GrantName {
  agent: string;
  /** The one session for which it holds; null for every session of the agent. */
  session: string | null;
  rule: string;
}

export interface ApprovalQuery {
  session?: string;
  state?: ApprovalRow['state'];
  limit: number;
}
