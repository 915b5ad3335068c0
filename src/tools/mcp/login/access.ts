import type { AuthProvider, InsufficientScopeError } from '@modelcontextprotocol/client';
import type { McpLoginNeededError } from '../../../errors/mcp-login.ts';
import type { Grants } from './grants.ts';

/** The token provider that a connection passes to the library, extended by the handling of missing scopes. */
export interface Access extends AuthProvider {
  /** Records the missing scope for the next login; resolves with the error to throw instead. */
  lacks(error: InsufficientScopeError): Promise<McpLoginNeededError>;
}

/** Creates the provider for one connection; it remembers the token last sent, so that only that one is replaced. */
export function accessBy(grants: Grants): Access {
  let sent: string | undefined;
  return {
    async token() {
      sent = await grants.token();
      return sent;
    },
    onUnauthorized: () => grants.replace(sent),
    lacks: ({ requiredScope }) => grants.lacks(requiredScope),
  };
}
