import { PathNameError } from '../../errors/sessions.ts';
import { findSessionIdFault } from '../../util/session-id.ts';

/** Returns the path of an action on a schedule. */
export function schedulePath(name: string, what: string): string {
  return `/v1/schedules/${segmentOf(name, 'a schedule')}/${what}`;
}

/** Returns the path of the login of an MCP server. */
export function mcpPath(server: string): string {
  return `/v1/mcp/${segmentOf(server, 'an MCP server')}/login`;
}

/** Returns the path of a session's resource; throws PathNameError for an id that would lead to another route. */
export function sessionPathOf(session: string, what?: string): string {
  const fault = findSessionIdFault(session);
  if (fault) throw new PathNameError('the id of a session', session, fault);
  return `/v1/sessions/${encodeURIComponent(session)}${what === undefined ? '' : `/${what}`}`;
}

/** Formats a query with its question mark; members without a value are left out. */
export function queryOf(query: object): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  return params.size === 0 ? '' : `?${params}`;
}

/** Encodes a name as one path segment; throws PathNameError for one that a URL parser would resolve or drop. */
export function segmentOf(name: string, what: string): string {
  if (name === '') throw new PathNameError(`the name of ${what}`, name, 'it is empty');
  if (name === '.' || name === '..')
    throw new PathNameError(`the name of ${what}`, name, 'it is a relative path segment');
  return encodeURIComponent(name.toWellFormed());
}
