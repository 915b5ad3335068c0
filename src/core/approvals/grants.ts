import type { RecordedEvent } from '../model/events.ts';

/** An approval that covers more than one call: who gave it (`from`) and when (`at`, milliseconds since the epoch). */
export interface ApprovalGrant extends GrantKey {
  at: number;
  from: string | null;
}

/** Identifies a grant. Two grants with the same agent, session and rule are the same grant. */
export interface GrantKey {
  agent: string;
  /** The only session that the grant covers; null when it covers every session of the agent. */
  session: string | null;
  rule: string;
}

/** Returns the grant that an event of a session gives to its agent; undefined for approvals of one call and others. */
export function deriveGrant(
  event: RecordedEvent,
  { session, agent }: { session: string; agent: string },
): ApprovalGrant | undefined {
  if (event.type !== 'approval_resolved' || event.decision !== 'approved') return undefined;
  const { scope, rule, at, from = null } = event;
  if (rule === undefined || scope === undefined || scope === 'once') return undefined;
  return { agent, session: scope === 'session' ? session : null, rule, at, from };
}
