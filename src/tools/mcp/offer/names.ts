import { createHash } from 'node:crypto';

/** The maximum length of a tool name that every provider accepts, in characters. */
const MAX_NAME_LENGTH = 64;

const MARK_LENGTH = 8;

/**
 * Returns the name by which models call a server's tool: `mcp__<server>__<tool>`, made of letters, digits, `_` and
 * `-`, at most 64 characters. A tool's name that does not fit is shortened and ends in a digest of the full name,
 * so that it always stays the same and two tools never share one. Server names contain no double underscore, so the
 * parts are unambiguous.
 */
export function toExposedName(server: string, tool: string): string {
  const safe = tool.replaceAll(/[^A-Za-z0-9_-]/g, '_');
  const plain = `mcp__${server}__${safe}`;
  if (safe === tool && tool !== '' && plain.length <= MAX_NAME_LENGTH) return plain;
  const mark = createHash('sha256').update(tool).digest('hex').slice(0, MARK_LENGTH);
  return `${plain.slice(0, MAX_NAME_LENGTH - MARK_LENGTH - 1)}_${mark}`;
}

/** Returns the server name in an exposed tool name; `undefined` for a tool that is not of an MCP server. */
export function readServerName(exposed: string): string | undefined {
  return /^mcp__(.+?)__/.exec(exposed)?.[1];
}
