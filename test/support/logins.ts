import { join } from 'node:path';
import type { McpDeps } from '../../src/tools/mcp/mcp.ts';

/** Returns login settings for servers without a login, and for tests that play the browser in this process. */
export function loginsIn(folder: string): McpDeps['logins'] {
  return {
    folder: join(folder, 'logins'),
    redirectUrl: () => 'http://127.0.0.1:7717/v1/mcp/callback',
    hide: () => {},
  };
}
