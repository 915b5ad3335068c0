import type { TranscriptPage } from '../protocol/messages.ts';
import type { Client } from './client.ts';

export type TranscriptEntry = TranscriptPage['messages'][number];

/** Reads the last messages of a session, oldest first. It looks further back only while it has found too few. */
export async function readLastMessages(
  client: Client,
  { session, seq }: { session: string; seq: number },
  count: number,
): Promise<TranscriptEntry[]> {
  if (count === 0) return [];
  for (let back = count * 8; ; back *= 4) {
    const found = await readMessagesAfter(client, session, Math.max(0, seq - back));
    if (found.length >= count || back >= seq) return found.slice(-count);
  }
}

async function readMessagesAfter(client: Client, session: string, start: number): Promise<TranscriptEntry[]> {
  const messages: TranscriptEntry[] = [];
  for (let after: number | undefined = start; after !== undefined; ) {
    const page: TranscriptPage = await client.readTranscript(session, { after, limit: 1000 });
    messages.push(...page.messages);
    after = page.next;
  }
  return messages;
}
