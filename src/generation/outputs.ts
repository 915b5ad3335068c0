import { setImmediate } from 'node:timers/promises';
import type { BlobRef } from '../core/model/events.ts';
import type { Journal } from '../journal/journal.ts';

const PAGE = 500;

/** Where the whole output of a session's tool call is stored; `undefined` when the model was given all of it. */
export async function findOutput(
  journal: Journal,
  session: string,
  call: string,
): Promise<BlobRef | undefined> {
  for (let position = 0; ; ) {
    const page = await journal.events(session, position, PAGE);
    for (const event of page) {
      if (event.type === 'tool_call_finished' && event.call === call) return event.blob;
    }
    if (page.length < PAGE) return undefined;
    position = page.at(-1)?.seq ?? position;
    // Whoever else wants something has a turn between two pages.
    await setImmediate();
  }
}
