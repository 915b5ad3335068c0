import type { Input, Recorded } from '../../../src/core/model/events.ts';
import type { Append, Delivery, Journal } from '../../../src/journal/journal.ts';

/** Returns a delivery of one message; this file has such shortcuts for all arguments of a journal. */
export function delivery(session: string, id: string, more: Partial<Delivery> = {}): Delivery {
  return { session, agent: 'main', input: message(id), at: 1000, ...more };
}

export function message(id: string, text = `text of ${id}`): Input {
  return { kind: 'message', id, text, mode: 'queue' };
}

export function note(seq: number, text = `note ${seq}`): Recorded {
  return { type: 'system_note_added', text, seq, at: 1000 + seq };
}

export function notes(from: number, to: number): Recorded[] {
  return Array.from({ length: to - from + 1 }, (_, index) => note(from + index));
}

export function batch(session: string, generation: number, more: Partial<Append> = {}): Append {
  return { session, generation, events: [], consumed: [], status: 'running', wakeAt: null, ...more };
}

export function generation(journal: Journal): Promise<number> {
  return journal.openGeneration({ version: '0.0.0', pid: 1 });
}

/** Creates a session with one pending input, owned by a new generation; resolves with the generation's number. */
export async function owned(journal: Journal, session: string): Promise<number> {
  const number = await generation(journal);
  await journal.deliver(delivery(session, 'first'));
  await journal.claim(session, number);
  return number;
}

/** Resolves with the entry numbers of the inputs that no append has consumed yet. */
export async function waiting(journal: Journal, session: string): Promise<number[]> {
  return (await journal.inbox(session)).map(({ entry }) => entry);
}
