import { z } from 'zod';

/** Of an MCP server, or of what vouches for its users. */
export const webAddress = z.string().superRefine((text, ctx) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const message =
    parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:'
      ? 'expected a URL such as "https://mcp.example.com/mcp"'
      : parsed.username || parsed.password
        ? 'a URL with a password shows up in logs; put the credential into "headers" or "auth"'
        : undefined;
  if (message) ctx.addIssue({ code: 'custom', message });
});
