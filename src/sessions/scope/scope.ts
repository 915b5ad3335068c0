import { parseChildId } from '../../core/delegation/outgoing.ts';

/**
 * The sessions that a client may see and use. A session must satisfy every limit that is present:
 * 1. `sessions`: its id, or the id of the session that delegated to it, is in the list. Example: `team/*` covers
 *    `team/ann` and `team/ann/call-1.1`; `ops` covers `ops` and `ops/call-1.1`, not `ops2`.
 * 2. `agents`: its agent is in the list and no other session delegated to it, because its events name that session.
 *    Example: `["support"]` covers `support/42`, not `night/call-1.1` that works for another agent.
 */
export interface SessionScope {
  sessions?: readonly string[] | undefined;
  agents?: readonly string[] | undefined;
}

/** Checks whether a scope covers a session of this agent. */
export function isInScope({ sessions, agents }: SessionScope, session: string, agent: string): boolean {
  if (agents && (!agents.includes(agent) || parseChildId(session))) return false;
  return !sessions || sessions.some((pattern) => listLineage(session).some((id) => matchesId(pattern, id)));
}

function matchesId(pattern: string, session: string): boolean {
  return pattern.endsWith('*') ? session.startsWith(pattern.slice(0, -1)) : session === pattern;
}

/** Returns the id of a session and of those above it that delegated work down to it. */
function listLineage(session: string): string[] {
  const parent = parseChildId(session);
  return parent ? [session, ...listLineage(parent.session)] : [session];
}
