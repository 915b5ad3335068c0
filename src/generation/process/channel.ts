import type { ToSupervisor } from '../../supervisor/ipc/messages.ts';

/**
 * Sends a message to the supervisor. The supervisor may have died without this process having noticed; the message
 * is lost then, and the event `disconnect` follows. The callback is needed because Node would end the process for
 * a failed send otherwise.
 */
export function sendToSupervisor(message: ToSupervisor): void {
  if (process.connected) process.send?.(message, () => {});
}
