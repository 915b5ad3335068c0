import { join } from 'node:path';
import type { McpDeps } from '../../src/tools/mcp/mcp.ts';

/** For servers that nobody logs in to, and for those whose browsers are played in this process. */
export function loginsIn(folder: string): McpDeps['logins'] {
  return {
    folder: join(folder, 'logins'),
    redirectUrl: () => 'http://127.0.0.1:7717/v1/mcp/callback',
    hide: () => {},
  };
}
