import type { Input, RecordedEvent } from '../../../src/core/model/events.ts';
import { createTextContent, type FilePart } from '../../../src/core/model/message.ts';
import type { NewBlob } from '../../../src/journal/blobs.ts';
import type { InputDelivery } from '../../../src/journal/inbox.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import type { AppendBatch } from '../../../src/journal/ownership.ts';

/** Returns a blob to store. */
export function createBlob(id: string, data: NewBlob['data'], at = 1000): NewBlob {
  return { id, data, mediaType: 'image/png', name: `${id}.png`, at };
}

/** Returns the part of a content that names a blob. */
export function createFile(blob: string): FilePart {
  return { type: 'file', blob, mediaType: 'image/png', name: `${blob}.png`, bytes: 1 };
}

/** Returns a delivery of one message; this file has such shortcuts for all arguments of a journal. */
export function createDelivery(
  session: string,
  id: string,
  more: Partial<InputDelivery> = {},
): InputDelivery {
  return { session, agent: 'main', input: createMessage(id), at: 1000, ...more };
}

export function createMessage(id: string, text = `text of ${id}`): Input {
  return { kind: 'message', id, content: createTextContent(text), mode: 'queue' };
}

export function createNote(seq: number, text = `note ${seq}`): RecordedEvent {
  return { type: 'system_note_added', text, seq, at: 1000 + seq };
}

export function createNotes(from: number, to: number): RecordedEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => createNote(from + index));
}

export function createBatch(
  session: string,
  generation: number,
  more: Partial<AppendBatch> = {},
): AppendBatch {
  return { session, generation, events: [], consumed: [], status: 'running', wakeAt: null, ...more };
}

export function openTestGeneration(journal: Journal): Promise<number> {
  return journal.openGeneration({ version: '0.0.0', pid: 1 });
}

/** Creates a session with one pending input, owned by a new generation; resolves with the generation's number. */
export async function claimSession(journal: Journal, session: string): Promise<number> {
  const number = await openTestGeneration(journal);
  await journal.deliver(createDelivery(session, 'first'));
  await journal.claimSession(session, number);
  return number;
}

/** Resolves with the entry numbers of the inputs that no append has consumed yet. */
export async function listWaiting(journal: Journal, session: string): Promise<number[]> {
  return (await journal.readInbox(session)).map(({ entry }) => entry);
}
