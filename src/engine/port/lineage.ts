import { parseChildId } from '../../core/delegation/outgoing.ts';
import type { Catalog } from '../../journal/catalog.ts';
import { inheritPermissions } from '../../permissions/inherit.ts';
import type { AgentSettings, Settings } from './settings.ts';

/**
 * Returns the agents that delegated work down to a session, nearest first: that of the session that delegated
 * to it, then the one above. It depends only on session names and the journal, so a restart changes nothing.
 */
export async function listAncestorAgents(
  journal: Pick<Catalog, 'findSession'>,
  session: string,
): Promise<string[]> {
  const above: string[] = [];
  for (let parent = parseChildId(session); parent; parent = parseChildId(parent.session)) {
    const row = await journal.findSession(parent.session);
    if (!row) break;
    above.push(row.agent);
  }
  return above;
}

/** Returns an agent's settings with its permissions restricted by the agents above it, nearest first. */
export function restrictSettings(
  { agent }: Pick<Settings, 'agent'>,
  name: string,
  above: readonly string[],
): AgentSettings | undefined {
  const own = agent(name);
  if (!own) return undefined;
  const delegating = above.map((each) => ({ name: each, permissions: agent(each)?.permissions }));
  return { ...own, permissions: inheritPermissions(own.permissions, delegating) };
}
