import type { ToSupervisor } from '../../supervisor/ipc/messages.ts';

/**
 * Tells the supervisor something. It may have died without this process having noticed yet: then nobody hears it, and
 * `disconnect` says so. Without a callback Node would end the process for that.
 */
export function tell(message: ToSupervisor): void {
  if (process.connected) process.send?.(message, () => {});
}
