import type { WorkOrigin } from '../model/events.ts';
import { RESERVED_PREFIX } from '../model/internal-id.ts';
import type { PendingMessage } from '../model/state.ts';

const SCHEDULE_SENDER = 'schedule:';

/** Returns the name under which a schedule sends its messages. */
export function createScheduleSender(schedule: string): string {
  return `${SCHEDULE_SENDER}${schedule}`;
}

/**
 * Returns who caused the work on a message: its sender, the schedule that sent it, or, for delegated work, the origin of
 * the work that delegated it. Only Midturn itself uses reserved ids, so no client can pose as a schedule.
 */
export function findWorkOrigin(message: PendingMessage | undefined): WorkOrigin {
  if (!message) return {};
  const { id, from, origin } = message;
  if (origin) return origin;
  if (!id.startsWith(RESERVED_PREFIX)) return from === undefined ? {} : { person: from };
  return from?.startsWith(SCHEDULE_SENDER) ? { schedule: from.slice(SCHEDULE_SENDER.length) } : {};
}
