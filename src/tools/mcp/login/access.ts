import type { AuthProvider, InsufficientScopeError } from '@modelcontextprotocol/client';
import type { McpLoginNeededError } from '../../../errors/mcp-login.ts';
import type { TokenSource } from './grants.ts';

/** The token provider that a connection passes to the library, extended by the handling of missing scopes. */
export interface McpAuthProvider extends AuthProvider {
  /** Records the missing scope for the next login; resolves with the error to throw instead. */
  recordMissingScope(error: InsufficientScopeError): Promise<McpLoginNeededError>;
}

/** Creates the provider for one connection; it remembers the token last sent, so that only that one is replaced. */
export function createAuthProvider(grants: TokenSource): McpAuthProvider {
  let sent: string | undefined;
  return {
    async token() {
      sent = await grants.getAccessToken();
      return sent;
    },
    onUnauthorized: () => grants.replaceRefusedToken(sent),
    recordMissingScope: ({ requiredScope }) => grants.recordMissingScope(requiredScope),
  };
}
