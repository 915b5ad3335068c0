import { McpLoginNeededError } from '../../../errors/mcp-login.ts';

/** Whether an error, or what caused it, asks for a login. */
export function asksForLogin(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof McpLoginNeededError || asksForLogin(error.cause);
}

/** Whether a call failed before the server had it, on a connection that is gone. */
export function didNotGetThrough(error: unknown): boolean {
  return (
    error instanceof Error &&
    'lost' in error &&
    error.lost === true &&
    'known' in error &&
    error.known === 'unsent'
  );
}
