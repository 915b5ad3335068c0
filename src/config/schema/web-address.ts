import { z } from 'zod';

/**
 * Declares an http or https URL without credentials. `like` is an example, and `instead` names the keys that
 * credentials belong in.
 */
export function webAddress(like: string, instead: string) {
  return z.string().superRefine((text, ctx) => {
    const parsed = URL.canParse(text) ? new URL(text) : undefined;
    const message =
      parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:'
        ? `expected a URL such as "${like}"`
        : parsed.username || parsed.password
          ? `a URL with a password shows up in logs; put the credential into ${instead}`
          : undefined;
    if (message) ctx.addIssue({ code: 'custom', message });
  });
}

/** The URL of an MCP server, or of the authorization server that authenticates its users. */
export const mcpAddress = webAddress('https://mcp.example.com/mcp', '"headers" or "auth"');
