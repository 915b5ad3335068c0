import type { BlobRef } from '../core/model/events.ts';
import type { EventLog } from '../journal/event-log.ts';
import { readPages } from '../sessions/read-pages.ts';

/**
 * Finds where the whole output of a session's tool call is stored; `undefined` when the model received all of it
 * or there is no such call.
 */
export async function findOutput(
  journal: EventLog,
  session: string,
  call: string,
): Promise<BlobRef | undefined> {
  const read = (after: number, size: number) => journal.readEvents(session, after, size);
  for await (const page of readPages(read)) {
    for (const event of page) {
      if (event.type === 'tool_call_finished' && event.call === call) return event.blob;
    }
  }
  return undefined;
}
