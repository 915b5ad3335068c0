import type { ApprovalRecord } from '../core/approvals.ts';

/** A question to people. Its truth is in the session's events; this row follows in the same append. */
export interface ApprovalRow extends ApprovalRecord {
  session: string;
  agent: string;
}

/** What people have approved for every session of an agent. */
export interface Grant {
  agent: string;
  rule: string;
  at: number;
  from: string | null;
}

export interface ApprovalQuery {
  session?: string;
  state?: ApprovalRow['state'];
  limit: number;
}
