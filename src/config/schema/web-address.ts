import { z } from 'zod';

/** A URL without credentials in it. `like` is one, and `instead` names the keys where credentials belong. */
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

/** Of an MCP server, or of what vouches for its users. */
export const mcpAddress = webAddress('https://mcp.example.com/mcp', '"headers" or "auth"');
