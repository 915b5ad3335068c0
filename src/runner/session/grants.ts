import type { Recorded } from '../../core/model/events.ts';
import type { Grant } from '../../journal/approvals.ts';

/** Extracts the grants from a session's events: approvals with a scope beyond one call. */
export function grantsIn(events: readonly Recorded[], session: string, agent: string): Grant[] {
  return events.flatMap((event): Grant[] => {
    if (event.type !== 'approval_resolved' || event.decision !== 'approved') return [];
    const { scope, rule, at, from = null } = event;
    if (rule === undefined || scope === undefined || scope === 'once') return [];
    return [{ agent, session: scope === 'session' ? session : null, rule, at, from }];
  });
}
