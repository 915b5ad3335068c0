import type { AuthProvider, InsufficientScopeError } from '@modelcontextprotocol/client';
import type { McpLoginNeededError } from '../../../errors/mcp-login.ts';
import type { Grants } from './grants.ts';

/** What a connection needs to know of the login that it uses. */
export interface Access extends AuthProvider {
  /** What to say in place of that. */
  lacks(error: InsufficientScopeError): Promise<McpLoginNeededError>;
}

/** The access of one connection by whichever token is in force. */
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
