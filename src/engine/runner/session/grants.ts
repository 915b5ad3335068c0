import type { RecordedEvent } from '../../../core/model/events.ts';
import type { ApprovalGrant } from '../../../journal/approvals.ts';

/** Extracts the grants from a session's events: approvals with a scope beyond one call. */
export function extractGrants(
  events: readonly RecordedEvent[],
  session: string,
  agent: string,
): ApprovalGrant[] {
  return events.flatMap((event): ApprovalGrant[] => {
    if (event.type !== 'approval_resolved' || event.decision !== 'approved') return [];
    const { scope, rule, at, from = null } = event;
    if (rule === undefined || scope === undefined || scope === 'once') return [];
    return [{ agent, session: scope === 'session' ? session : null, rule, at, from }];
  });
}
