import { CALLBACK } from '../../protocol/mcp.ts';
import type { ListeningSocket } from '../../supervisor/ipc/messages.ts';

/**
 * Returns the URL at which a browser on this machine, or at the other end of a tunnel, reaches the daemon after an
 * MCP login; `undefined` when there is no TCP listener.
 */
export function callbackUrl(listeners: readonly ListeningSocket[]): string | undefined {
  const address = listeners.find(({ kind }) => kind === 'tcp')?.address;
  return address && `http://${address.replace(/^(0\.0\.0\.0|\[::\]):/, '127.0.0.1:')}${CALLBACK}`;
}
