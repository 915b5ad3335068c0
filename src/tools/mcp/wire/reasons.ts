import { McpLoginNeededError } from '../../../errors/mcp-login.ts';

/** Tells whether an error or one of its causes is a McpLoginNeededError. */
export function needsLogin(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof McpLoginNeededError || needsLogin(error.cause);
}

/** Tells whether a call failed before the server received it because its connection was lost. */
export function isUnsentOnLostConnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    'lost' in error &&
    error.lost === true &&
    'known' in error &&
    error.known === 'unsent'
  );
}
