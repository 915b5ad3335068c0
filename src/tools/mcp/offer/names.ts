import { createHash } from 'node:crypto';

/** The longest name of a tool that every provider accepts. */
const LONGEST = 64;

const MARK_LENGTH = 8;

/**
 * The name by which models call a server's tool: `mcp__<server>__<tool>`, made of letters, digits, `_` and `-`, at
 * most 64 characters. A tool's name that does not fit is cut and marked with a digest of the whole, so that it stays
 * the same for ever and two tools never share one. Server names have no double underscore, so the parts are clear.
 */
export function exposedName(server: string, tool: string): string {
  const safe = tool.replaceAll(/[^A-Za-z0-9_-]/g, '_');
  const plain = `mcp__${server}__${safe}`;
  if (safe === tool && tool !== '' && plain.length <= LONGEST) return plain;
  const mark = createHash('sha256').update(tool).digest('hex').slice(0, MARK_LENGTH);
  return `${plain.slice(0, LONGEST - MARK_LENGTH - 1)}_${mark}`;
}

/** The server that an exposed name belongs to; `undefined` for any other tool. */
export function serverOf(exposed: string): string | undefined {
  return /^mcp__(.+?)__/.exec(exposed)?.[1];
}
