import { setImmediate } from 'node:timers/promises';
import type { BlobRef } from '../core/model/events.ts';
import type { Journal } from '../journal/journal.ts';

const PAGE_SIZE = 500;

/**
 * Finds where the whole output of a session's tool call is stored; `undefined` when the model received all of it
 * or there is no such call.
 */
export async function findOutput(
  journal: Journal,
  session: string,
  call: string,
): Promise<BlobRef | undefined> {
  for (let position = 0; ; ) {
    const page = await journal.readEvents(session, position, PAGE_SIZE);
    for (const event of page) {
      if (event.type === 'tool_call_finished' && event.call === call) return event.blob;
    }
    if (page.length < PAGE_SIZE) return undefined;
    position = page.at(-1)?.seq ?? position;
    // Lets other work of this process run between two pages.
    await setImmediate();
  }
}
