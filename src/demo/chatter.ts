import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable } from '../client/away.ts';
import type { Client } from '../client/client.ts';
import { ApiError } from '../errors/http.ts';
import { receipt } from '../protocol/messages.ts';

/** Milliseconds between two messages of one chat; `RETRY_DELAY` is the pause between two attempts of one message. */
const MESSAGE_INTERVAL = 220;
const RETRY_DELAY = 40;

/** A message as its sender observed it: attempts, refusals and the time to the receipt. */
export interface TrackedMessage {
  id: string;
  /** Time of the first attempt, in ms since the epoch. */
  at: number;
  /** Number of repeated attempts because the daemon did not answer. */
  resent: number;
  /** Whether the daemon answered any attempt with an error. */
  refused: boolean;
  /** Milliseconds from the first attempt to the receipt; null while there is none. */
  accepted: number | null;
}

/** Sends one message after another to a session until `enough` aborts, and appends each to `sent`. */
export async function keepSending(
  client: Client,
  session: string,
  sent: TrackedMessage[],
  enough: AbortSignal,
  giveUp: AbortSignal,
): Promise<void> {
  for (let number = 1; !enough.aborted; number += 1) {
    await sendUntilAccepted(
      client,
      session,
      { id: `${session}-${number}`, text: `message ${number}` },
      sent,
      giveUp,
    );
    await delay(MESSAGE_INTERVAL, undefined, { signal: enough }).catch(() => {});
  }
}

/** Sends a message, and repeats it until it is accepted or `giveUp` aborts. Its id makes the repetition safe. */
export async function sendUntilAccepted(
  client: Client,
  session: string,
  message: { id: string; text: string; agent?: string },
  sent: TrackedMessage[],
  giveUp: AbortSignal,
): Promise<void> {
  const entry: TrackedMessage = { id: message.id, at: Date.now(), resent: 0, refused: false, accepted: null };
  sent.push(entry);
  const began = performance.now();
  while (!giveUp.aborted) {
    try {
      const path = `/v1/sessions/${encodeURIComponent(session)}/messages`;
      receipt.parse(await client.sendRequest('POST', path, message));
      entry.accepted = performance.now() - began;
      return;
    } catch (error) {
      if (error instanceof ApiError) entry.refused = true;
      else if (isRetryable(error)) entry.resent += 1;
      else throw error;
      await delay(RETRY_DELAY);
    }
  }
}
