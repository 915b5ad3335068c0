import type { Finding } from '../fields/problems.ts';
import { isSafeUrl } from '../schema/mcp-login.ts';
import type { ParsedConfig } from '../schema/schema.ts';

/**
 * Checks the `oauth` sections of MCP servers: that none stands beside `auth`, and that no login travels over an
 * address others can read.
 */
export function checkLogins({ tools }: ParsedConfig): Finding[] {
  return Object.entries(tools.mcp).flatMap(([name, server]): Finding[] => {
    if (server.type !== 'http' || !server.oauth) return [];
    const path = ['tools', 'mcp', name];
    const both: Finding = {
      path: [...path, 'oauth'],
      at: 'value',
      message: 'stands beside "auth"',
      hint: 'keep "auth" for a client of its own, or "oauth" for a person who logs in',
    };
    const readable: Finding = {
      path: [...path, 'url'],
      at: 'value',
      message:
        'expected an https URL or one of this machine, because an attacker who reads the traffic could use the login',
    };
    return [...(server.auth ? [both] : []), ...(isSafeUrl(server.url) ? [] : [readable])];
  });
}
