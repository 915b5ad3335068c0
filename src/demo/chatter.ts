import { setTimeout as delay } from 'node:timers/promises';
import { isAway } from '../client/away.ts';
import type { Client } from '../client/client.ts';
import { ApiError } from '../errors/http.ts';
import { receipt } from '../protocol/messages.ts';

/** Milliseconds between two messages of one person, and between two tries of one message. */
const PAUSE = 220;
const TRY_AGAIN = 40;

/** One message as its sender knows it. */
export interface Sent {
  id: string;
  /** When it was tried first, in ms since the epoch. */
  at: number;
  /** How often it was sent again because nobody answered. */
  resent: number;
  /** The daemon answered with an error. */
  refused: boolean;
  /** Milliseconds from the first try to the receipt; null as long as there is none. */
  accepted: number | null;
}

/** Somebody who keeps talking until `enough` aborts. `sent` grows with every message. */
export async function keepTalking(
  client: Client,
  session: string,
  sent: Sent[],
  enough: AbortSignal,
  giveUp: AbortSignal,
): Promise<void> {
  for (let number = 1; !enough.aborted; number += 1) {
    await say(client, session, { id: `${session}-${number}`, text: `message ${number}` }, sent, giveUp);
    await delay(PAUSE, undefined, { signal: enough }).catch(() => {});
  }
}

/** Sends a message, again and again until it is accepted; the id makes that harmless. */
export async function say(
  client: Client,
  session: string,
  message: { id: string; text: string; agent?: string },
  sent: Sent[],
  giveUp: AbortSignal,
): Promise<void> {
  const entry: Sent = { id: message.id, at: Date.now(), resent: 0, refused: false, accepted: null };
  sent.push(entry);
  const began = performance.now();
  while (!giveUp.aborted) {
    try {
      const path = `/v1/sessions/${encodeURIComponent(session)}/messages`;
      receipt.parse(await client.call('POST', path, message));
      entry.accepted = performance.now() - began;
      return;
    } catch (error) {
      if (error instanceof ApiError) entry.refused = true;
      else if (isAway(error)) entry.resent += 1;
      else throw error;
      await delay(TRY_AGAIN);
    }
  }
}
