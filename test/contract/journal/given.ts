import type { Input, Recorded } from '../../../src/core/model/events.ts';
import type { Append, Delivery, Journal } from '../../../src/journal/journal.ts';

/** Short ways to say what a journal is given. */
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

/** A session with one waiting input, owned by a new generation; its number. */
export async function owned(journal: Journal, session: string): Promise<number> {
  const number = await generation(journal);
  await journal.deliver(delivery(session, 'first'));
  await journal.claim(session, number);
  return number;
}

/** Names of the inputs that no append has consumed. */
export async function waiting(journal: Journal, session: string): Promise<number[]> {
  return (await journal.inbox(session)).map(({ entry }) => entry);
}
